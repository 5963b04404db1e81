"""The words the demo world is made of: tables only, read by `subgraphs.world`."""

from __future__ import annotations

from typing import Final, NamedTuple


class CategoryWords(NamedTuple):
    """One shelf of the shop: what is on it, what it costs (minor units) and weighs."""

    name: str
    slug: str
    things: tuple[str, ...]
    price_range: tuple[int, int]
    weight_range_grams: tuple[int, int]
    tags: tuple[str, ...]


def _list(text: str) -> tuple[str, ...]:
    """The parts between the commas (names have spaces), or, without any comma, the words."""
    return tuple(part.strip() for part in (text.split(",") if "," in text else text.split()))


def _shelf(
    name: str, slug: str, things: str, prices: tuple[int, int], grams: tuple[int, int], tags: str
) -> CategoryWords:
    return CategoryWords(name, slug, _list(things), prices, grams, _list(tags))


CATEGORIES: Final[tuple[CategoryWords, ...]] = (
    _shelf(
        "Kitchen",
        "kitchen",
        "Chef's Knife, Cast Iron Pan, Mixing Bowl, Cutting Board, Pepper Mill, Stock Pot, Whisk, Colander,"
        " Baking Tray, Kettle",
        (890, 12900),
        (150, 4200),
        "home cooking gift",
    ),
    _shelf(
        "Coffee and Tea",
        "coffee-tea",
        "Burr Grinder, Pour-Over Set, Espresso Cup, Milk Jug, Teapot, Moka Pot, Cold Brew Bottle, Tamper,"
        " Tea Strainer, Coffee Scale",
        (690, 18900),
        (90, 2800),
        "home drinks gift",
    ),
    _shelf(
        "Lighting",
        "lighting",
        "Desk Lamp, Floor Lamp, Pendant, Reading Light, String Lights, Lantern, Night Light, Wall Sconce,"
        " Torch, Clip Light",
        (1290, 24900),
        (180, 6400),
        "home evening design",
    ),
    _shelf(
        "Office",
        "office",
        "Monitor Stand, Notebook, Fountain Pen, Desk Organiser, Laptop Sleeve, Standing Mat, Whiteboard,"
        " Paper Tray, Footrest, Document Folder",
        (490, 15900),
        (60, 5200),
        "work desk paper",
    ),
    _shelf(
        "Audio",
        "audio",
        "Headphones, Earbuds, Bookshelf Speaker, Turntable, Soundbar, USB Microphone, Radio,"
        " Headphone Stand, Audio Cable, Amplifier",
        (1490, 39900),
        (40, 7900),
        "electronics music wireless",
    ),
    _shelf(
        "Computing",
        "computing",
        "Mechanical Keyboard, Mouse, Webcam, USB Hub, Docking Station, Portable Drive, Monitor Arm,"
        " Memory Card, Charger, Trackball",
        (990, 29900),
        (30, 3600),
        "electronics work usb",
    ),
    _shelf(
        "Garden",
        "garden",
        "Watering Can, Pruner, Plant Pot, Trowel, Bird Feeder, Garden Hose, Raised Bed, Seed Tray,"
        " Rain Gauge, Hammock",
        (590, 17900),
        (120, 9800),
        "outdoor plants summer",
    ),
    _shelf(
        "Camping",
        "camping",
        "Two-Person Tent, Sleeping Bag, Camp Stove, Head Torch, Folding Chair, Dry Bag, Water Filter,"
        " Cook Set, Hiking Poles, Compass",
        (1190, 34900),
        (90, 6900),
        "outdoor travel summer",
    ),
    _shelf(
        "Cycling",
        "cycling",
        "Helmet, Pannier, Floor Pump, Bike Light, U-Lock, Bottle Cage, Saddle, Multi-Tool, Mudguard Set,"
        " Phone Mount",
        (790, 19900),
        (50, 2400),
        "outdoor sport commute",
    ),
    _shelf(
        "Bags",
        "bags",
        "Backpack, Tote, Weekender, Messenger Bag, Duffel, Toiletry Kit, Packing Cubes, Camera Bag,"
        " Card Holder, Suitcase",
        (1290, 32900),
        (80, 4100),
        "travel leather canvas",
    ),
    _shelf(
        "Toys and Games",
        "toys-games",
        "Chess Set, Jigsaw Puzzle, Wooden Train, Building Blocks, Card Game, Kite, Marble Run, Yo-Yo,"
        " Plush Fox, Board Game",
        (690, 8900),
        (70, 2600),
        "kids gift family",
    ),
    _shelf(
        "Bath and Linen",
        "bath-linen",
        "Bath Towel, Duvet Cover, Wool Blanket, Pillow, Soap Dish, Bath Mat, Linen Robe, Laundry Basket,"
        " Hand Towel, Cushion",
        (590, 14900),
        (100, 3200),
        "home cotton soft",
    ),
)

STYLES: Final = _list(
    "Classic Compact Nordic Everyday Studio Heritage Slate Copper Oak Ivory Midnight Forest Urban "
    "Alpine Signature"
)

WAREHOUSES: Final = {
    "acme": ("Rotterdam", "Leipzig", "Lyon"),
    "globex": ("Columbus", "Reno", "Dallas"),
    "initech": ("Daventry", "Leeds", "Bristol"),
}

FIRST_NAMES: Final = _list(
    "Ada Amir Anna Ben Bianca Carlos Chloe Daniel Diana Elena Emil Farah Felix Grace Hanna Hugo Ines "
    "Ivan Jonas Julia Kenji Lara Leo Lucia Marta Mei Milan Nadia Noah Olga Omar Paula Priya Rafael "
    "Rosa Samir Sofia Tara Theo Vera Yusuf Zoe"
)

LAST_NAMES: Final = _list(
    "Almeida Andersson Bakker Bauer Berg Brown Chen Costa Dubois Evans Ferrari Fischer Garcia Haddad "
    "Hansen Hughes Ito Jansen Kaya Keller Khan Kowalski Larsen Lopez Martin Meyer Moreau Nakamura "
    "Novak Okafor Patel Petrov Rossi Santos Schmidt Silva Singh Taylor Vogel Walker Weber Yilmaz"
)

STREETS: Final = _list(
    "Harbour Street, Mill Lane, Station Road, Garden Row, Church Street, Market Square, Park Avenue, "
    "River Walk, School Lane, Victoria Road, Elm Grove, Bridge Street, Canal Side, Hill Rise"
)

CITIES: Final = {
    "acme": (
        ("Berlin", "DE"),
        ("Amsterdam", "NL"),
        ("Lyon", "FR"),
        ("Milan", "IT"),
        ("Porto", "PT"),
        ("Ghent", "BE"),
    ),
    "globex": (("Portland", "US"), ("Austin", "US"), ("Chicago", "US"), ("Denver", "US"), ("Boston", "US")),
    "initech": (("London", "GB"), ("Leeds", "GB"), ("Bristol", "GB"), ("Glasgow", "GB"), ("Cardiff", "GB")),
}

ORDER_NOTES: Final = (
    "Please leave with the neighbour.",
    "Gift wrap, please.",
    "Ring twice.",
    "Deliver after 17:00.",
    "Call before delivery.",
    "Leave at the back door.",
    "No plastic, please.",
)
