namespace Personalization.Host.Demo.Catalog;

/// <summary>What the demo shop sells. All brands are invented.</summary>
internal static class DemoAssortment
{
    private static readonly string[] OutdoorBrands = ["Halden", "Norrvik", "Tarnfell", "Crestline", "Wildmark", "Öre & Fjord"];
    private static readonly string[] SportBrands = ["Velora", "Strider", "Kinetiq", "Halden", "Paceworks"];
    private static readonly string[] HomeBrands = ["Lumen & Oak", "Hearthside", "Casa Brisa", "Nordlys", "Plainware"];
    private static readonly string[] KitchenBrands = ["Brasco", "Hearthside", "Kokko", "Maison Verdel", "Plainware"];
    private static readonly string[] TechBrands = ["Auralis", "Voltik", "Pixelgarten", "Sonder Labs", "Kestrel Audio"];
    private static readonly string[] KidsBrands = ["Pimpernel", "Little Orbit", "Holzwurm", "Brightling"];
    private static readonly string[] BeautyBrands = ["Calma", "Botanist & Daughter", "Solenne", "Rivermint"];
    private static readonly string[] BikeBrands = ["Ridgeway", "Velora", "Chainwright", "Cargolino"];

    /// <summary>Model names, shared by all brands; <c>Halden Sola</c> and <c>Velora Sola</c> are different things.</summary>
    public static IReadOnlyList<string> Models { get; } =
    [
        "Sola", "Vinga", "Tarn", "Birk", "Elva", "Rime", "Luma", "Koda", "Mira", "Nova", "Arbor", "Cirrus", "Delta", "Ember", "Flint",
        "Grove", "Haven", "Iris", "Juno", "Kite", "Lark", "Moss", "Nimbus", "Onyx", "Piper", "Quill", "Raven", "Sable", "Tide", "Umbra",
        "Vesper", "Willow", "Yarrow", "Zephyr", "Alder", "Brook", "Cove", "Dune", "Fable", "Glade",
    ];

    /// <summary>Colour names with the tone that stands in for a picture.</summary>
    public static IReadOnlyList<(string Name, string Hex)> Colours { get; } =
    [
        ("Moss", "#6b7f4e"), ("Ink", "#2b3a55"), ("Sand", "#cdb892"), ("Rust", "#b5573a"), ("Slate", "#5d6a75"), ("Fog", "#b9c2c6"),
        ("Plum", "#6f4461"), ("Ochre", "#c8973a"), ("Sky", "#7fa9c9"), ("Charcoal", "#3c3f41"), ("Coral", "#e07a5f"), ("Sage", "#9db29a"),
    ];

    public static IReadOnlyList<DemoCategory> Categories { get; } =
    [
        new("Outdoor", "Tents", "TEN", 79, 749, OutdoorBrands,
            ["Two-Person Tent", "Family Tent", "Ultralight Tent", "Tarp Shelter"], ["", "Storm", "Four-Season", "Quick-Pitch"],
            ["Sleeping Bags", "Camp Cooking", "Lamps & Lanterns"]),
        new("Outdoor", "Sleeping Bags", "SLP", 39, 429, OutdoorBrands,
            ["Down Sleeping Bag", "Summer Sleeping Bag", "Sleeping Mat", "Travel Quilt"], ["", "Compact", "Winter", "Wide"],
            ["Tents", "Camp Cooking", "Backpacks"]),
        new("Outdoor", "Backpacks", "BAG", 29, 289, OutdoorBrands,
            ["Day Pack", "Trekking Backpack", "Roll-Top Backpack", "Hip Pack"], ["", "Roomy", "Slim", "Waterproof"],
            ["Bottles & Flasks", "Hiking Boots", "Rain Jackets"]),
        new("Outdoor", "Hiking Boots", "BOT", 69, 299, OutdoorBrands,
            ["Hiking Boot", "Approach Shoe", "Trekking Boot"], ["", "Mid", "Waterproof", "Leather"],
            ["Socks", "Backpacks", "Rain Jackets"]),
        new("Outdoor", "Rain Jackets", "RAI", 49, 399, OutdoorBrands,
            ["Rain Jacket", "Hard Shell", "Wind Shell", "Rain Poncho"], ["", "Packable", "Three-Layer", "Light"],
            ["Hiking Boots", "Backpacks", "Socks"]),
        new("Outdoor", "Camp Cooking", "CMP", 12, 189, OutdoorBrands,
            ["Gas Stove", "Pot Set", "Camp Mug", "Fire Bowl", "Cutlery Set"], ["", "Titanium", "Folding", "Enamel"],
            ["Tents", "Bottles & Flasks", "Lamps & Lanterns"]),
        new("Outdoor", "Lamps & Lanterns", "LMP", 14, 139, OutdoorBrands,
            ["Headlamp", "Camp Lantern", "Torch"], ["", "Rechargeable", "300 lm", "Solar"], ["Tents", "Camp Cooking"]),
        new("Sport", "Running Shoes", "RUN", 59, 229, SportBrands,
            ["Road Running Shoe", "Trail Running Shoe", "Racing Shoe", "Everyday Trainer"], ["", "2", "3", "Wide", "GTX"],
            ["Socks", "Running Wear", "Sport Watches"]),
        new("Sport", "Running Wear", "WEA", 19, 149, SportBrands,
            ["Running Tee", "Running Tights", "Split Shorts", "Running Vest", "Half-Zip"], ["", "Merino", "Light", "Reflective"],
            ["Running Shoes", "Socks", "Bottles & Flasks"]),
        new("Sport", "Yoga & Training", "YOG", 9, 159, SportBrands,
            ["Yoga Mat", "Kettlebell", "Resistance Band Set", "Foam Roller", "Skipping Rope"], ["", "Pro", "Studio", "Travel"],
            ["Running Wear", "Bottles & Flasks", "Headphones"]),
        new("Sport", "Socks", "SOC", 8, 39, SportBrands,
            ["Running Sock", "Hiking Sock", "Compression Sock", "Sock Three-Pack"], ["", "Merino", "Cushioned", "Low-Cut"],
            ["Running Shoes", "Hiking Boots"]),
        new("Sport", "Bottles & Flasks", "BTL", 11, 59, SportBrands,
            ["Water Bottle", "Insulated Flask", "Soft Flask", "Travel Mug"], ["", "500 ml", "750 ml", "1 l"],
            ["Running Wear", "Backpacks", "Yoga & Training"]),
        new("Cycling", "City & Gravel Bikes", "BIK", 449, 2899, BikeBrands,
            ["City Bike", "Gravel Bike", "Folding Bike", "Cargo Bike"], ["", "8-Speed", "Step-Through", "Carbon"],
            ["Bike Helmets", "Bike Accessories"]),
        new("Cycling", "Bike Helmets", "HLM", 39, 229, BikeBrands,
            ["City Helmet", "Road Helmet", "Trail Helmet", "Kids' Helmet"], ["", "MIPS", "LED"],
            ["City & Gravel Bikes", "Bike Accessories"]),
        new("Cycling", "Bike Accessories", "ACC", 9, 149, BikeBrands,
            ["Pannier", "Light Set", "Floor Pump", "Folding Lock", "Handlebar Bag", "Multi-Tool"], ["", "Compact", "Waterproof", "USB"],
            ["City & Gravel Bikes", "Bike Helmets"]),
        new("Home", "Lighting", "LIG", 24, 449, HomeBrands,
            ["Table Lamp", "Pendant Lamp", "Floor Lamp", "Wall Light"], ["", "Dimmable", "Linen", "Brass"],
            ["Cushions & Throws", "Shelves & Storage"]),
        new("Home", "Cushions & Throws", "CUS", 14, 159, HomeBrands,
            ["Cushion Cover", "Wool Throw", "Floor Cushion", "Bedspread"], ["", "Linen", "Bouclé", "Striped"],
            ["Lighting", "Bedding"]),
        new("Home", "Bedding", "BED", 24, 289, HomeBrands,
            ["Duvet Cover Set", "Fitted Sheet", "Pillow", "Linen Pillowcase"], ["", "Percale", "Washed", "Organic"],
            ["Cushions & Throws", "Lighting"]),
        new("Home", "Shelves & Storage", "SHE", 19, 499, HomeBrands,
            ["Wall Shelf", "Storage Basket", "Bookcase", "Shoe Rack"], ["", "Oak", "Steel", "Woven"],
            ["Lighting", "Cushions & Throws"]),
        new("Kitchen", "Cookware", "COK", 29, 349, KitchenBrands,
            ["Frying Pan", "Cast Iron Casserole", "Saucepan", "Wok", "Roasting Tin"], ["", "24 cm", "28 cm", "Induction"],
            ["Knives", "Kitchen Tools"]),
        new("Kitchen", "Knives", "KNI", 19, 289, KitchenBrands,
            ["Chef's Knife", "Santoku", "Bread Knife", "Paring Knife", "Knife Block"], ["", "Damascus", "20 cm", "Olive Wood"],
            ["Cookware", "Kitchen Tools"]),
        new("Kitchen", "Kitchen Tools", "TOO", 6, 89, KitchenBrands,
            ["Chopping Board", "Whisk", "Digital Scale", "Mixing Bowl Set", "Pepper Mill"], ["", "Beech", "Large", "Nesting"],
            ["Cookware", "Knives", "Coffee & Tea"]),
        new("Kitchen", "Coffee & Tea", "COF", 14, 649, KitchenBrands,
            ["Coffee Grinder", "French Press", "Espresso Machine", "Teapot", "Pour-Over Set", "Gooseneck Kettle"], ["", "Compact", "Steel", "Manual"],
            ["Kitchen Tools", "Tableware"]),
        new("Kitchen", "Tableware", "TAB", 9, 179, KitchenBrands,
            ["Plate Set", "Stoneware Bowl", "Wine Glass Set", "Cutlery Set", "Mug Set"], ["", "Speckled", "Large", "Everyday"],
            ["Coffee & Tea", "Kitchen Tools"]),
        new("Tech", "Headphones", "HEA", 29, 449, TechBrands,
            ["Over-Ear Headphones", "In-Ear Buds", "Sport Earphones", "Studio Headphones"], ["", "Noise-Cancelling", "Wireless", "Mk II"],
            ["Speakers", "Sport Watches", "Chargers & Cables"]),
        new("Tech", "Speakers", "SPK", 39, 799, TechBrands,
            ["Bluetooth Speaker", "Bookshelf Speakers", "Soundbar", "Kitchen Radio"], ["", "Mini", "Portable", "Hi-Fi"],
            ["Headphones", "Chargers & Cables"]),
        new("Tech", "Sport Watches", "WAT", 79, 649, TechBrands,
            ["GPS Watch", "Fitness Tracker", "Smart Watch"], ["", "S", "Solar", "Music"],
            ["Running Shoes", "Chargers & Cables", "Headphones"]),
        new("Tech", "Chargers & Cables", "CHG", 9, 119, TechBrands,
            ["USB-C Charger", "Power Bank", "Charging Cable", "Wireless Charger"], ["", "Slim", "Fast", "Travel"],
            ["Headphones", "Speakers"]),
        new("Kids", "Wooden Toys", "TOY", 9, 129, KidsBrands,
            ["Building Blocks", "Toy Train", "Marble Run", "Stacking Rings", "Play Kitchen"], ["", "Rainbow", "Large", "First"],
            ["Picture Books & Puzzles", "Kids' Rainwear"]),
        new("Kids", "Picture Books & Puzzles", "PUZ", 7, 39, KidsBrands,
            ["Floor Puzzle", "Picture Book", "Memory Game", "Activity Book"], ["", "Forest", "Ocean", "Space"],
            ["Wooden Toys"]),
        new("Kids", "Kids' Rainwear", "KRW", 19, 119, KidsBrands,
            ["Kids' Rain Suit", "Wellies", "Kids' Rain Jacket", "Mud Trousers"], ["", "Lined", "Dotted", "Grow-Along"],
            ["Wooden Toys"]),
        new("Care", "Skin Care", "SKI", 9, 119, BeautyBrands,
            ["Day Cream", "Face Serum", "Cleansing Oil", "Sun Cream", "Hand Balm"], ["", "Sensitive", "Hydrating", "Fragrance-Free"],
            ["Bath & Soap"]),
        new("Care", "Bath & Soap", "SOA", 5, 59, BeautyBrands,
            ["Hand Soap", "Bath Salt", "Shampoo Bar", "Shower Gel", "Bath Towel Set"], ["", "Lavender", "Cedar", "Citrus"],
            ["Skin Care", "Bedding"]),
    ];
}
