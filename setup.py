"""Distribution `hau-sandwatch`.

The plain install is the device's: small, no torch, nothing of the station. The rest comes by extras:
`pip install hau-sandwatch[station]`, and so on.
"""

from pathlib import Path

from setuptools import find_packages, setup

DEVICE = [
    "av>=18",
    "cryptography>=44",
    "http-message-signatures>=3",
    "http-sf>=1.5",
    "numpy>=1.26",
    "onnxruntime>=1.20",
    "opencv-python-headless>=4.10",
    "pydantic>=2.10",
    "pynmea2>=1.19",
    "pyserial>=3.5",
    "requests>=2.32",
    "rfc8785>=0.1.4",
    "rich>=13.9",
    "sqlite-utils>=4.2",
    "tomli-w>=1.1",
    "typer>=0.15",
    "tzdata>=2025.1",
]
PI = ["gpiozero>=2.0.1", "lgpio>=0.2.2"]
DESK = ["openpyxl>=3.1", "pyproj>=3.7", "shapely>=2.0", "typst>=0.12"]
GIS = ["pyogrio>=0.10"]
STATION = [
    "XStatic-Leaflet>=1.9",
    "argon2-cffi>=23.1",
    "babel>=2.16",
    "fastapi>=0.115",
    "jinja2>=3.1",
    "psycopg[binary]>=3.2",
    "rfc3161-client>=1.0",
    "segno>=1.6",
    "sqlalchemy>=2.0",
    "typst>=0.12",
    "uvicorn>=0.34",
]
ALERTS = ["apprise>=1.9"]
SCENES = ["moderngl>=5.12"]
TRAIN = [*SCENES, "onnx>=1.17", "onnx2torch>=1.5", "ultralytics>=8.4"]
DEV = [
    *DESK,
    *GIS,
    *SCENES,
    *STATION,
    *ALERTS,
    "aiosmtpd>=1.4",  # a real mail server for the tests
    "axe-playwright-python>=0.1.4",  # for the axe-core file in it
    "coverage>=7.6",
    "gpiozero>=2.0.1",
    "hypothesis>=6.120",
    "import-linter>=2.1",
    "mypy>=1.14",
    "onnx>=1.17",
    "playwright>=1.49",
    "pytest>=8.3",
    "pytest-timeout>=2.3",
    "ruff>=0.9",
    "setuptools>=70.1",  # builds the wheel that the tests install
    "types-requests>=2.32",
]

setup(
    name="hau-sandwatch",
    version="0.1.0",
    description="Watches sand dredging on the Hậu River: agent for the boat, station for the inspector",
    long_description=Path(__file__).with_name("README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.11",
    packages=[*find_packages(include=["agent*", "hw*", "models*", "station*"]), "agent.units"],
    package_dir={"agent.units": "systemd"},
    include_package_data=False,
    package_data={
        "agent": [
            "py.typed",
            "licence/rulesets/*.toml",
            "desk/places/*.geojson",
            "desk/sheet.typ",
        ],
        "agent.units": ["*.service", "*.path", "*.conf", "*.rules"],
        "models": ["training/recipe.toml", "cards/*/detector.onnx", "cards/*/card.md"],
        "station": [
            "templates/*",
            "static/*",
            "static/**/*",
            "locale/**/*",
            "procedures/*.toml",
            "papers/*.typ",
        ],
    },
    install_requires=DEVICE,
    extras_require={
        "pi": PI,
        "desk": DESK,
        "gis": GIS,
        "train": TRAIN,
        "station": STATION,
        "alerts": ALERTS,
        "dev": DEV,
    },
    entry_points={
        "console_scripts": [
            "sandwatch = agent.cli:main",
            "sandwatch-box = agent.launch:main",
            "sandwatch-station = station.cli:main",
        ]
    },
)
