-- Labels: what a derivation does about them, and what is read and written of them.

-- name: derive_labels
SELECT _turnspan.derive_labels()
