
namespace Personalization.Tests.Features.Model;

/// <summary>
/// Makes random worlds. A few people with a few browsers, so that identifiers meet; a browser is one person's, since whose it was is identity's
/// matter and tested there.
/// </summary>
internal sealed class WorldMaker
{
    private const int People = 4;
    private const int Browsers = 2;

    /// <summary>One who comes by name only, and is nobody else: whose consent counts after a merge is consent's matter.</summary>
    private const string Wary = "user-wary";

    private static readonly string[] _segments = ["s0", "s1", "s2", "s3", "s4", "s5"];
    private static readonly long[] _ages = [0, 0, 0, 1_000, 30_000, 60_000, 300_000, 1_800_000];
    private static readonly long[] _passes = [1_000, 29_999, 30_000, 30_001, 60_000, 300_000, 1_500_000, 3_600_000];
    private readonly Random _random;
    private readonly PersonMaker _people;
    private readonly Dictionary<string, int> _versions = [];
    private readonly List<SentEvent> _sent = [];
    private int _number;

    private WorldMaker(int seed)
    {
        _random = new Random(seed);
        _people = new PersonMaker(_random);
    }

    public static World Make(int seed, int steps)
    {
        var maker = new WorldMaker(seed);
        var history = new List<Happening>();
        for (var i = 0; i < 3; i++)
        {
            history.Add(maker.Define());
        }

        while (history.Count < steps)
        {
            history.Add(maker.Next());
        }

        return new World(seed, 1 + (seed % 3), history);
    }

    private Happening Next() => _random.Next(44) switch
    {
        > 39 => Upload(),
        < 18 => new Sends([.. Enumerable.Range(0, _random.Next(5) == 0 ? _random.Next(2, 5) : 1).Select(_ => Send())]),
        < 21 => new Sends([Identify()]),
        21 or 22 when _sent.Count > 0 => new Sends([_sent[_random.Next(_sent.Count)]]),
        23 => new Imports([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Import())]),
        24 => new Sends([BeWary() with { Profile = _random.Next(2) == 0, Personalise = _random.Next(2) == 0 }]),
        25 => new Sends([BeWary()]),
        26 => new Checkpoints(),
        < 34 => new Passes(Pick(_passes)),
        < 37 => Define(),
        37 when _versions.Any(version => version.Value > 1) => new Activates(_versions.First(version => version.Value > 1).Key, _random.Next(2)),
        38 when _versions.Count > 3 && _random.Next(2) == 0 => Delete(),
        _ => new Restarts((RestartKind)_random.Next(3)),
    };

    /// <summary>A segment may ask for those with a lower number, so no circle comes about.</summary>
    private Defines Define()
    {
        var place = _random.Next(_segments.Length);
        var known = _segments.Take(place).Where(_versions.ContainsKey).ToList();
        _versions[_segments[place]] = _versions.GetValueOrDefault(_segments[place]) + 1;
        var condition = new ConditionMaker(_random, known) { IsWide = false, HasLists = true }.Next();
        return new Defines(_segments[place], condition, IsActivated: _versions[_segments[place]] == 1 || _random.Next(3) > 0);
    }

    private Uploads Upload() => new(
        Pick(["add", "add", "remove", "replace"]),
        [.. Enumerable.Range(0, People).Where(_ => _random.Next(2) == 0).Select(person => $"user-{person}")]);

    /// <summary>One that no other asks for: the last.</summary>
    private Happening Delete()
    {
        var last = _versions.Keys.Max(StringComparer.Ordinal)!;
        _versions.Remove(last);
        return new Deletes(last);
    }

    private SentEvent Send()
    {
        var person = _random.Next(People);
        var isNamed = _random.Next(3) == 0;
        return Note(new SentEvent(
            _number++,
            isNamed ? $"user-{person}" : null,
            isNamed ? null : $"browser-{person}-{_random.Next(Browsers)}",
            Pick(_ages),
            _people.Event(place: 0, timeMs: 0)));
    }

    private SentEvent BeWary() => Note(new SentEvent(_number++, Wary, null, Pick(_ages), _people.Event(place: 0, timeMs: 0)));

    private SentEvent Import() => Send() with { AgeMs = 3_600_000 + (30_000 * _random.Next(200)), Anonymous = null, User = $"user-{_random.Next(People)}" };

    private SentEvent Identify()
    {
        var person = _random.Next(People);
        var traits = _people.Traits(ConditionMaker.StartMs + (_random.Next(100) * 30_000)).ToDictionary(trait => trait.Key, trait => trait.Value.Value);
        if (_random.Next(4) == 0)
        {
            traits["plan"] = null;
        }

        return Note(new SentEvent(
            _number++, $"user-{person}", _random.Next(2) == 0 ? $"browser-{person}-{_random.Next(Browsers)}" : null, Pick(_ages), new PastEvent(0, 0, "$identify")) { Traits = traits });
    }

    private SentEvent Note(SentEvent sent)
    {
        _sent.Add(sent);
        return sent;
    }

    private T Pick<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];
}
