"""Rendered scenes of the Hậu River, for training a detector and for the film of the bundled voyage.

Everything made here is synthetic and says so in the file it ends up in. The order of reading:
`shapes` and `paint` make triangles, `machines` and `river` build articulated bodies from them (`body`),
`cycle` moves the crane, `scenes` puts bodies, light and camera together, `gl` draws, `labels` finds the
boxes, `film` writes the voyage's film. Only `gl` needs moderngl (extra `train`).
"""
