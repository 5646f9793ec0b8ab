using System.Text.Json;
using Microsoft.Extensions.Options;
using Personalization.Consent.Contracts;
using Personalization.Features;
using Personalization.Features.Contracts;
using Personalization.Features.Domain;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Declared;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.History;
using Personalization.Features.Domain.Traits;
using Personalization.Tracking.Contracts;
using PastEvent = Personalization.Tests.Features.Model.PastEvent;

namespace Personalization.Tests.Features.Conditions;

/// <summary>One profile by hand, with all that a condition may look at. Times are minutes after <see cref="Start"/>.</summary>
internal sealed class ConditionWorld : IEventNames, IKeptProperties, ITraitReader, ICatalog, IProfileHistory, IFeatureValues, IMemberships, IConsent, IFunnelStages
{
    /// <summary>2026-01-01T00:00:00Z.</summary>
    public const long Start = 1_767_225_600_000;
    public const long Minute = 60_000;
    public const long Day = 86_400_000;

    /// <summary>Who it is about.</summary>
    public const int Profile = 7;

    private readonly List<string> _events = [];
    private readonly List<string> _properties = [];
    private readonly List<string> _traitNames = [];
    private readonly List<string> _items = [];
    private readonly List<(long TimeMs, long Offset, string Name, Action<ProfileFacts> Fill)> _happened = [];
    private readonly List<(int Key, object Value, long ExpiresAtMs)> _traits = [];

    public ConditionWorld()
    {
        Snapshot = new ProfileSnapshot(this, this, this, this, this) { Funnels = this };
        Compiler = new ConditionCompiler(this, this, this, this, Options.Create(new FeaturesOptions()));
    }

    public ProfileSnapshot Snapshot { get; }

    public ConditionCompiler Compiler { get; }

    /// <summary>Place of the first event that has not come yet; null when all have.</summary>
    public long? NotYet { get; set; }

    /// <summary>Events that are kept at most.</summary>
    public int KeepsLast { get; set; } = int.MaxValue;

    public Dictionary<string, (double? Value, long ChangesAtMs)> Values { get; } = [];

    public HashSet<string> Segments { get; } = [];

    public HashSet<string> Lists { get; } = [];

    public Dictionary<string, int> Stages { get; } = [];

    public long ConsentEndsAtMs { get; set; } = long.MaxValue;

    public bool IsConsenting { get; set; } = true;

    public int Count => _events.Count;

    public int ProfileCount => 1;

    string IKeptProperties.this[int key] => _properties[key];

    string IEventNames.this[int number] => _events[number];

    CatalogItem? ICatalog.this[int item] => null;

    public static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    public static Condition Parse(string json)
    {
        var faults = new List<DefinitionFault>();
        return ConditionReader.Read(Json(json), faults) ?? throw new ArgumentException(string.Join('\n', faults), nameof(json));
    }

    /// <summary>An event at a number of minutes.</summary>
    public ConditionWorld Happens(
        string name, double atMinute, (string Name, object Value)[]? properties = null, (string Id, string Category, float Price)[]? lines = null,
        float revenue = float.NaN, long session = 0)
    {
        var number = Number(_events, name);
        _happened.Add(((long)(Start + (atMinute * Minute)), _happened.Count, name, facts =>
        {
            ref var fact = ref facts.Add();
            (fact.Event, fact.Revenue, fact.Session) = (number, revenue, session);
            foreach (var (id, category, price) in lines ?? [])
            {
                ref var line = ref facts.AddLine();
                (line.Item, line.CategoryTerm, line.Price) = (Number(_items, id), Number(_items, category), price);
            }

            foreach (var (key, value) in properties ?? [])
            {
                Add(facts, Number(_properties, key), value);
            }
        }));
        return this;
    }

    /// <summary>An event as the oracle has it.</summary>
    public void Happened(PastEvent past)
    {
        var number = Number(_events, past.Name);
        _happened.Add((past.TimeMs, past.Place, past.Name, facts =>
        {
            ref var fact = ref facts.Add();
            (fact.Event, fact.Revenue, fact.Session) = (number, (float)(past.Revenue ?? double.NaN), past.Session);
            foreach (var told in past.Lines)
            {
                ref var line = ref facts.AddLine();
                (line.Price, line.Quantity) = ((float)(told.Price ?? double.NaN), (float)told.Quantity);
                line.Item = told.Id is { } id ? Number(_items, id) : -1;
                line.CategoryTerm = told.Category is { } category ? Number(_items, category) : -1;
                line.BrandTerm = told.Brand is { } brand ? Number(_items, brand) : -1;
            }

            foreach (var (key, value) in past.Properties)
            {
                Add(facts, Number(_properties, key), value!);
            }
        }));
    }

    public ConditionWorld Says(string trait, object value, long expiresAtMs = long.MaxValue)
    {
        _traits.Add((Number(_traitNames, trait), value, expiresAtMs));
        return this;
    }

    /// <summary>Whether a condition holds at a number of minutes.</summary>
    public bool Holds(string json, double atMinute)
    {
        var condition = Compile(json);
        At(atMinute);
        return condition.Holds(Snapshot);
    }

    public CompiledCondition Compile(string json)
    {
        var condition = Parse(json);
        foreach (var path in ConditionProperties.Of(condition))
        {
            Keep(path);
        }

        return Compiler.Compile(condition);
    }

    public void At(double minute) => AtTime((long)(Start + (minute * Minute)));

    public void AtTime(long timeMs) => Snapshot.Reset(Profile, timeMs);

    /// <summary>In minutes after the start, when the answer may change; infinity for never.</summary>
    public double NextChange() => Snapshot.NextChangeMs == long.MaxValue ? double.PositiveInfinity : (double)(Snapshot.NextChangeMs - Start) / Minute;

    public int Keep(string path) => Number(_properties, path);

    public long SinceOffset(int key) => 0;

    public bool TryRead(int profileId, ProfileFacts into)
    {
        into.Clear();
        foreach (var (timeMs, offset, _, fill) in _happened.Where(each => NotYet is null || each.Offset < NotYet).OrderBy(each => each.TimeMs).ThenBy(each => each.Offset))
        {
            fill(into);
            SetLast(into, timeMs, offset);
        }

        into.SkipFirst(Math.Max(0, into.Events.Length - KeepsLast));
        return _happened.Count > 0;
    }

    /// <summary>What an event is to all those that came before.</summary>
    public Arrival ArrivalOf(long place)
    {
        var arrival = new Arrival { NowMs = Snapshot.NowMs, IsNewest = _happened.Where(each => each.Offset <= place).MaxBy(each => (each.TimeMs, each.Offset)).Offset == place };
        arrival.IsFull = _happened.Count(each => each.Offset <= place) >= KeepsLast;
        var (timeMs, offset, _, fill) = _happened.Single(each => each.Offset == place);
        fill(arrival.Facts);
        SetLast(arrival.Facts, timeMs, offset);
        return arrival;
    }

    public bool TryRead(int profileId, TraitSet into)
    {
        into.Clear();
        foreach (var (key, value, expiresAtMs) in _traits)
        {
            if (value is string text)
            {
                into.Add(key, System.Text.Encoding.UTF8.GetBytes(text), Start, 0, expiresAtMs);
            }
            else
            {
                into.Add(key, ScalarOf(value), Start, 0, expiresAtMs);
            }
        }

        return _traits.Count > 0;
    }

    public Scalar Read(int feature, int profileId, long nowMs, out long nextChangeMs)
    {
        nextChangeMs = long.MaxValue;
        foreach (var (value, changesAtMs) in Values.Values)
        {
            if (feature-- == 0)
            {
                nextChangeMs = changesAtMs;
                return value is { } number ? Scalar.Of(number) : default;
            }
        }

        return default;
    }

    public ConsentVerdict May(int profileId, Purposes purpose) => new(IsConsenting, ConsentReason.Granted);

    public ConsentVerdict May(int profileId, Purposes purpose, long atMs, out long endsAtMs)
    {
        var isAllowed = IsConsenting && atMs < ConsentEndsAtMs;
        endsAtMs = isAllowed ? ConsentEndsAtMs : long.MaxValue;
        return new ConsentVerdict(isAllowed, isAllowed ? ConsentReason.Granted : ConsentReason.Denied);
    }

    public int StageOf(int funnel, ProfileSnapshot profile)
    {
        foreach (var stage in Stages.Values)
        {
            if (funnel-- == 0)
            {
                return stage;
            }
        }

        return 0;
    }

    public int FindSegment(ReadOnlySpan<char> id) => IndexOf(Segments, id);

    public bool IsMember(int segment, int profileId) => true;

    public int FindList(ReadOnlySpan<char> id) => IndexOf(Lists, id);

    public bool IsOnList(int list, int profileId) => true;

    public bool IsSellable(int item) => true;

    public ReadOnlySpan<int> ItemsOfCategory(int categoryTerm) => [];

    public string TermOf(int term) => _items[term];

    public string IdOf(int item) => _items[item];

    int IEventNames.Find(ReadOnlySpan<char> name) => _events.IndexOf(name.ToString());

    int IKeptProperties.Find(ReadOnlySpan<char> path) => _properties.IndexOf(path.ToString());

    int ITraitReader.Find(ReadOnlySpan<char> name) => _traitNames.IndexOf(name.ToString());

    int ICatalog.Find(ReadOnlySpan<char> itemId) => _items.IndexOf(itemId.ToString());

    int IFeatureValues.Find(ReadOnlySpan<char> name) => IndexOf(Values.Keys, name);

    int IFunnelStages.Find(ReadOnlySpan<char> id) => IndexOf(Stages.Keys, id);

    private static void SetLast(ProfileFacts facts, long timeMs, long offset)
    {
        ref var last = ref System.Runtime.InteropServices.MemoryMarshal.GetReference(facts.Events[^1..]);
        (last.TimeMs, last.Offset) = (timeMs, offset);
    }

    private static void Add(ProfileFacts facts, int key, object value)
    {
        if (value is string text)
        {
            facts.AddProperty(key, System.Text.Encoding.UTF8.GetBytes(text));
        }
        else
        {
            facts.AddProperty(key, ScalarOf(value));
        }
    }

    private static Scalar ScalarOf(object value) => value is bool truth ? Scalar.Of(truth) : Scalar.Of(Convert.ToDouble(value));

    private static int Number(List<string> names, string name)
    {
        if (!names.Contains(name))
        {
            names.Add(name);
        }

        return names.IndexOf(name);
    }

    private static int IndexOf(IEnumerable<string> names, ReadOnlySpan<char> name)
    {
        var wanted = name.ToString();
        return names.Select((each, index) => (each, index)).Where(pair => pair.each == wanted).Select(pair => pair.index).FirstOrDefault(-1);
    }
}
