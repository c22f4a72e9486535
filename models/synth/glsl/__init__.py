"""Shader texts, GLSL 3.30."""
