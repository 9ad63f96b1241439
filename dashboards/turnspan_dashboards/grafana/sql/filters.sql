jsonb_build_object(
        'bot', array_remove(ARRAY[${bot:sqlstring}]::text[], NULL),
        'channel', array_remove(ARRAY[${channel:sqlstring}]::text[], NULL),
        'environment', array_remove(ARRAY[${environment:sqlstring}]::text[], NULL)
    )
