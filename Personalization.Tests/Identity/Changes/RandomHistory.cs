namespace Personalization.Tests.Identity.Changes;

/// <summary>
/// What two to five people do on one to three devices each: browse, order, sign in, change their mind about consent; mostly one after the
/// other, sometimes late. Everything that the stages go by is said, so that two runs differ in nothing.
/// </summary>
internal sealed class RandomHistory
{
    private static readonly DateTimeOffset Began = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly string[] Categories = ["tents", "stoves", "boots", "maps"];
    private readonly Random _chance;
    private readonly string _name;
    private readonly List<(string User, string[] Devices)> _people = [];
    private double _minutes;
    private int _number;

    public RandomHistory(int seed)
    {
        _chance = new Random(seed);
        _name = $"w{seed}";
        for (var person = 0; person < _chance.Next(2, 6); person++)
        {
            _people.Add(($"{_name}-user-{person}", [.. Enumerable.Range(0, _chance.Next(1, 4)).Select(device => $"{_name}-device-{person}-{device}")]));
        }
    }

    public IEnumerable<string> Devices => _people.SelectMany(person => person.Devices);

    public IEnumerable<object> Events(int count) => Enumerable.Range(0, count).Select(_ => Next());

    private object Next()
    {
        var (user, devices) = _people[_chance.Next(_people.Count)];
        var device = devices[_chance.Next(devices.Length)];
        _minutes += _chance.Next(8) == 0 ? 45 : _chance.NextDouble() * 5;
        var late = _chance.Next(10) == 0 ? _chance.Next(120) : 0;
        var timestamp = Began.AddMinutes(_minutes - late).ToString("O");
        var messageId = $"{_name}-{_number++}";
        var isSignedIn = _chance.Next(4) == 0;
        var userId = isSignedIn ? user : null;
        object? context = _chance.Next(12) == 0
            ? new { consent = new { categoryPreferences = new { profile = _chance.Next(3) > 0, train = _chance.Next(3) > 0 } } }
            : null;
        return _chance.Next(12) switch
        {
            0 => new { type = "identify", userId = user, anonymousId = device, messageId, timestamp, context },
            1 => new { type = "alias", userId = user, previousId = device, messageId, timestamp, context },
            2 => Track("Order Completed", new
            {
                order_id = messageId,
                revenue = _chance.Next(1, 100),
                products = new[] { new { product_id = Item(), price = 5, quantity = 1, category = Category() } },
            }),
            3 => Track("Product Added", new { product_id = Item(), category = Category() }),
            4 => new { type = "page", name = "Home", userId, anonymousId = device, messageId, timestamp, context },
            _ => Track("Product Viewed", new { product_id = Item(), category = Category() }),
        };

        object Track(string name, object properties) =>
            new { type = "track", @event = name, userId, anonymousId = device, messageId, timestamp, properties, context };
    }

    private string Item() => $"item-{_chance.Next(12)}";

    private string Category() => Categories[_chance.Next(Categories.Length)];
}
