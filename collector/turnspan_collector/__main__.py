"""The command ``turnspan``: finds its commands and loads one only when it is called."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import click

__all__ = ["main"]

COMMANDS = "turnspan_collector.commands"
EXTRA_MISSING = 2


def main() -> None:
    """Run the command line; every failure is one sentence and an exit code."""
    try:
        import click
    except ModuleNotFoundError:
        sys.exit(_missing("click"))
    try:
        sys.exit(_group(click).main(prog_name="turnspan", standalone_mode=False) or 0)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("turnspan"):
            raise
        sys.exit(_missing((error.name or "a module").partition(".")[0]))
    except Exception as error:
        exit_code = getattr(error, "exit_code", None)
        if exit_code is None:
            raise
        click.echo(f"turnspan: {error}", err=True)
        sys.exit(int(exit_code))


def _missing(module: str) -> int:
    sys.stderr.write(
        f"turnspan: {module} is not installed: pip install 'turnspan[collector]' "
        "(for `turnspan demo`: 'turnspan[demo]').\n"
    )
    return EXTRA_MISSING


def _group(click: Any) -> click.Group:
    """The group of all commands, as a class that imports none of them."""

    class Commands(click.Group):  # type: ignore[misc]
        """Modules of the commands package, by name."""

        def list_commands(self, ctx: click.Context) -> list[str]:
            return sorted(_modules())

        def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
            if name not in _modules():
                return None
            module = importlib.import_module(f"{COMMANDS}.{name}")
            found: dict[str, click.Command] = {
                one.name: one
                for one in vars(module).values()
                if isinstance(one, click.Command)
            }
            return found[name]

        def format_commands(
            self, ctx: click.Context, formatter: click.HelpFormatter
        ) -> None:
            rows = [(name, _about(file)) for name, file in sorted(_modules().items())]
            with formatter.section("Commands"):
                formatter.write_dl(rows)

    return Commands(
        name="turnspan",
        help="Telemetry of chatbots: collector, demo and tools.",
        context_settings={"help_option_names": ["-h", "--help"]},
        params=[_version_option(click)],
    )


def _version_option(click: Any) -> Any:
    from importlib.metadata import version

    def show(ctx: Any, option: Any, wanted: bool) -> None:
        if wanted:
            click.echo(f"turnspan {version('turnspan')}")
            ctx.exit()

    return click.Option(
        ["--version"], is_flag=True, expose_value=False, is_eager=True, callback=show
    )


def _modules() -> dict[str, Path]:
    folder = Path(__file__).with_name("commands")
    return {
        one.name: folder / f"{one.name}.py"
        for one in pkgutil.iter_modules([str(folder)])
        if not one.name.startswith("_")
    }


def _about(file: Path) -> str:
    """The first line of the module's docstring, without importing it."""
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return doc.partition("\n")[0].removeprefix(f"``turnspan {file.stem}``: ")


if __name__ == "__main__":
    main()
