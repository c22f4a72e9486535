"""The detector that comes with the package, and the card that says what it is worth."""

from pathlib import Path

CARD = Path(__file__).parent / "cards" / "hau-nano-1"
MODEL = CARD / "detector.onnx"
