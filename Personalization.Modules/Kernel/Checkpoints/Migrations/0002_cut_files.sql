-- The next cut waits in a file of its own beside this one. A cut that was sealed and not folded when the program was replaced
-- leaves the file behind the seal: all derived state is then rebuilt from the log.
DROP TABLE checkpoint_staged;
DELETE FROM checkpoint_state WHERE name = 'staged_offset'
