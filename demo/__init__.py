"""`make demo`: the main job from end to end against the sandbox, with an account of every lead at the end."""
