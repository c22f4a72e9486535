"""The description of `/ogc` in OpenAPI 3.0, from which clients learn the parameters and the largest page."""

from collections.abc import Sequence
from typing import Any

from station.layers import MOST


def described(base: str, collections: Sequence[str]) -> dict[str, Any]:
    """The whole document, for the collections there are."""
    answer = {"200": {"description": "OK"}, "400": {"description": "a parameter that cannot be"}}
    paths: dict[str, Any] = {
        path: {"get": {"operationId": name, "responses": {"200": {"description": "OK"}}}}
        for path, name in (("/", "landing"), ("/conformance", "conformance"), ("/collections", "collections"))
    }
    for name in collections:
        paths[f"/collections/{name}"] = {"get": {"operationId": f"{name}.describe", "responses": answer}}
        paths[f"/collections/{name}/items"] = {
            "get": {
                "operationId": f"{name}.items",
                "parameters": [{"$ref": f"#/components/parameters/{part}"} for part in PARAMETERS],
                "responses": answer,
            }
        }
        paths[f"/collections/{name}/items/{{featureId}}"] = {
            "get": {
                "operationId": f"{name}.item",
                "parameters": [{"$ref": "#/components/parameters/featureId"}],
                "responses": {**answer, "404": {"description": "no such feature"}},
            }
        }
    return {
        "openapi": "3.0.3",
        "info": {"title": "Sandwatch", "version": "1"},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "parameters": {**PARAMETERS, "featureId": FEATURE_ID},
            "securitySchemes": {"key": {"type": "http", "scheme": "basic"}},
        },
        "security": [{"key": []}],
    }


PARAMETERS: dict[str, Any] = {
    "bbox": {
        "name": "bbox",
        "in": "query",
        "schema": {
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
            "type": "array",
            "items": {"type": "number"},
        },
        "style": "form",
        "explode": False,
    },
    "datetime": {"name": "datetime", "in": "query", "schema": {"type": "string"}},
    "limit": {
        "name": "limit",
        "in": "query",
        "schema": {"type": "integer", "minimum": 1, "maximum": MOST, "default": 100},
    },
}
FEATURE_ID: dict[str, Any] = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "schema": {"type": "string"},
}
