"""`python -m agent` is the command `sandwatch`."""

if __name__ == "__main__":
    from agent.cli import main

    main()
