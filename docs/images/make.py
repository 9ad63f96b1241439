"""Takes the README's two pictures: ``python docs/images/make.py [page]``.

``page`` is the address of a collector that holds the demo (``make demo``); it is
http://localhost:8321 unless given. Needs Chromium.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from playwright.sync_api import ViewportSize, sync_playwright

FOLDER = Path(__file__).parent
PAGE = "http://localhost:8321"
SIZE: ViewportSize = {"width": 1440, "height": 960}
BYTES_MAX = 400_000
PICTURES = {
    "engagement": ("/boards/engagement?range=30d", "light"),
    "handoff": ("/boards/handoff?range=90d&bot=support&bucket=week", "dark"),
}
DRAWN = "() => !document.querySelector('.panel[data-state=loading]')"


def main() -> None:
    """Write one picture a board; exits with a sentence where one is too large."""
    page_address = sys.argv[1] if len(sys.argv) > 1 else PAGE
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        sys.exit("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        for name, (address, scheme) in PICTURES.items():
            page = browser.new_page(base_url=page_address, viewport=SIZE)
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.goto(address)
            page.wait_for_selector(".panel")
            page.wait_for_function(DRAWN)
            picture = page.screenshot(path=FOLDER / f"{name}.png")
            page.close()
            if len(picture) > BYTES_MAX:
                sys.exit(f"{name}.png: {len(picture)} bytes, at most {BYTES_MAX}")
        browser.close()


if __name__ == "__main__":
    main()
