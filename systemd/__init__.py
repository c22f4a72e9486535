"""What systemd, udev and the journal are told about a box: installed as `agent.units`, put in place by `sandwatch install`.

`@BIN@` stands for the folder of the installed programs.
"""
