"""The judge of Sluice's clients: see ../README.md."""
