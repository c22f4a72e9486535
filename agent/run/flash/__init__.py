"""How a box gets another config: from a bundle into a stage, checked, swapped in, tried, confirmed or rolled back."""
