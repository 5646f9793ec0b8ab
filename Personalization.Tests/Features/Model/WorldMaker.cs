using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Funnels;


namespace Personalization.Tests.Features.Model;

/// <summary>
/// Makes random worlds. A few people with a few browsers, so that identifiers meet; a browser is one person's, since whose it was is identity's
/// matter and tested there.
/// </summary>
internal sealed class WorldMaker
{
    private const int People = 4;
    private const int Browsers = 2;

    /// <summary>Features that are declared in the middle of a life.</summary>
    private const int MaxLater = 3;

    /// <summary>One who comes by name only, and is nobody else: whose consent counts after a merge is consent's matter.</summary>
    private const string Wary = "user-wary";

    private static readonly string[] _segments = ["s0", "s1", "s2", "s3", "s4", "s5"];
    private static readonly string[] _funnelIds = ["u0", "u1"];
    private static readonly long[] _lengths = [60_000, 300_000, 1_800_000, 3_600_000];
    private static readonly long[] _ages = [0, 0, 0, 1_000, 30_000, 60_000, 300_000, 1_800_000];
    private static readonly long[] _passes = [1_000, 29_999, 30_000, 30_001, 60_000, 300_000, 1_500_000, 3_600_000];
    private readonly Random _random;
    private readonly PersonMaker _people;
    private readonly Dictionary<string, int> _versions = [];
    private readonly List<SentEvent> _sent = [];
    private readonly List<FeatureSpec> _features = [];
    private readonly SortedSet<string> _funnels = new(StringComparer.Ordinal);
    private int _later;
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
        history.Add(maker.DeclareAll());
        history.Add(maker.Build());
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

    private Happening Next() => _random.Next(52) switch
    {
        > 50 when _later < MaxLater => Declare(),
        > 49 => Build(),
        > 47 => new Joins($"user-{_random.Next(People)}", $"user-{_random.Next(People)}"),
        > 44 => new Parts(_random.Next(8)),
        > 40 => Upload(),
        < 18 => new Sends([.. Enumerable.Range(0, _random.Next(5) == 0 ? _random.Next(2, 5) : 1).Select(_ => Send())]),
        < 21 => new Sends([Identify()]),
        21 or 22 when _sent.Count > 0 => new Sends([_sent[_random.Next(_sent.Count)]]),
        23 => new Imports([.. Enumerable.Range(0, _random.Next(1, 4)).Select(_ => Import())]),
        24 => new Sends([Say(BeWary())]),
        25 => new Sends([BeWary()]),
        26 => new Checkpoints(),
        27 => new Sends([Say(Send())]),
        < 35 => new Passes(Pick(_passes)),
        < 38 => Define(),
        38 when _versions.Any(version => version.Value > 1) => new Activates(_versions.First(version => version.Value > 1).Key, _random.Next(2)),
        39 when _versions.Count > 3 && _random.Next(2) == 0 => Delete(),
        _ => new Restarts((RestartKind)_random.Next(3)),
    };

    /// <summary>What somebody allows from now on.</summary>
    private SentEvent Say(SentEvent sent) => Note(sent with { Number = _number++, Profile = _random.Next(3) > 0, Personalise = _random.Next(2) == 0 });

    /// <summary>Before anything happens: features of every kind, for profiles and for items, and two ratios of them.</summary>
    private Declares DeclareAll()
    {
        var maker = new FeatureMaker(_random);
        _features.AddRange(maker.All());
        _features.AddRange([maker.OfItem("i0"), maker.OfItem("i1")]);
        _features.Add(new FeatureSpec("r0", "ratio") { Parts = ("f0", "f5") });
        _features.Add(new FeatureSpec("r1", "ratio") { Parts = ("f1", "f0") });
        return new Declares([.. _features]);
    }

    /// <summary>In the middle of it all: one that looks back on what is kept with profiles.</summary>
    private Declares Declare()
    {
        var maker = new FeatureMaker(_random);
        FeatureSpec spec;
        do
        {
            spec = maker.Next($"l{_later}", Pick(FeatureMaker.Aggregates)) with { LatenessMs = null };
        }
        while (!spec.IsOfHistory);

        _later++;
        _features.Add(spec);
        return new Declares([spec]);
    }

    private Builds Build()
    {
        var id = Pick(_funnelIds);
        _funnels.Add(id);
        var steps = Enumerable.Range(0, _random.Next(2, 4))
            .Select(step => new FunnelStep($"step {step}", new EventPattern([Pick(ConditionMaker.Events)], null), step > 0 && _random.Next(2) == 0 ? Pick(_lengths) : null))
            .ToImmutableArray();
        return new Builds(new FunnelDefinition(
            id,
            Version: 0,
            steps,
            _random.Next(4) == 0 ? null : Pick(_lengths),
            IsStrict: _random.Next(4) == 0,
            _random.Next(4) switch
            {
                0 => [(ValueSource.Product, "id")],
                1 => [(ValueSource.Property, "colour")],
                2 => [(ValueSource.Product, "category"), (ValueSource.Property, "colour")],
                _ => [],
            },
            _random.Next(3) == 0 ? Pick(_lengths) : null));
    }

    /// <summary>A segment may ask for those with a lower number, so no circle comes about.</summary>
    private Defines Define()
    {
        var place = _random.Next(_segments.Length);
        var known = _segments.Take(place).Where(_versions.ContainsKey).ToList();
        _versions[_segments[place]] = _versions.GetValueOrDefault(_segments[place]) + 1;
        var condition = new ConditionMaker(_random, known) 
        {
            HasLists = true,
            HasContext = false,
            Features = [.. _features.Where(spec => !spec.IsOfItem)],
            Funnels = [.. _funnels],
        }.Next();
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
