-- What a setting is when nobody changed it; written by every migrate from settings.py.
CREATE TABLE _turnspan.setting_default (
    name text PRIMARY KEY,
    value jsonb NOT NULL
);
