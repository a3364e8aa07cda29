-- The flows and wording that a call had, as `hark flow check` prints it. NULL for calls from before.
ALTER TABLE calls ADD COLUMN talk TEXT;
