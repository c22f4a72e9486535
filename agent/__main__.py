"""`python -m agent` is the command `sandwatch`."""

if __name__ == "__main__":  # the eyes' process imports this file again
    from agent.cli import main

    main()
