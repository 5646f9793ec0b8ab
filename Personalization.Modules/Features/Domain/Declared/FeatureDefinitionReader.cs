using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Declared;

/// <summary>
/// Reads definitions of features as <c>docs/features.md</c> describes them. Every fault is told of at once, with its place and what would be right;
/// what has a fault is not read at all.
/// </summary>
internal sealed class FeatureDefinitionReader
{
    private const int MaxDescription = 1_000;
    private const long DefaultLatenessMs = 86_400_000;
    private const int MaxFreshnessMs = 3_600_000;
    private static readonly string[] Aggregates =
        ["count", "sum", "min", "max", "average", "distinct", "last_n", "first", "last", "recency", "rate", "ratio", "decayed_sum", "affinity"];

    private static readonly string[] ProductFields = ["id", "category", "brand", "price", "quantity"];
    private static readonly string[] ProductNumbers = ["price", "quantity"];
    private static readonly string[] ProductNames = ["id", "category", "brand"];
    private readonly string _id;
    private readonly List<DefinitionFault> _all;
    private readonly Faults _faults;
    private readonly Members _members;
    private readonly AggregateKind _aggregate;
    private readonly FeatureKey _key;

    private FeatureDefinitionReader(string id, List<DefinitionFault> all, Faults faults, Members members)
    {
        (_id, _all, _faults, _members) = (id, all, faults, members);
        _key = ReadKey();
        _aggregate = ReadAggregate();
    }

    /// <summary>Words of the aggregates, by <see cref="AggregateKind"/>.</summary>
    public static IReadOnlyList<string> AggregateWords => Aggregates;

    public const string WhatAnIdIs = "An id is 1 to 64 of a-z, 0-9, '-' and '_'.";

    /// <returns>Null when something is wrong.</returns>
    public static FeatureDefinition? Read(string id, JsonElement json, List<DefinitionFault> all)
    {
        var before = all.Count;
        var faults = new Faults(all);
        if (BuiltInFeatures.Find(id) >= 0 || BuiltInItemFeatures.IsOne(id))
        {
            faults.Add("", $"'{id}' is built in: choose another name.");
        }

        if (Members.Of(json, "", faults, "a feature") is not { } members)
        {
            return null;
        }

        var definition = new FeatureDefinitionReader(id, all, faults, members).Read();
        members.Finish();
        return all.Count == before ? definition : null;
    }

    private FeatureDefinition Read()
    {
        var description = _members.TryTake("description", out var text) ? _faults.Text(text, "/description", "what it is for, in words") : null;
        if (description?.Length > MaxDescription)
        {
            _faults.Add("/description", $"Must be at most {MaxDescription} characters.");
        }

        var definition = new FeatureDefinition
        {
            Id = _id,
            Description = description,
            Key = _key,
            Aggregate = _aggregate,
            Pattern = new EventPattern([], null),
            FreshnessObjectiveMs = _members.TryTake("freshnessObjectiveMs", out var objective) ? _faults.Whole(objective, "/freshnessObjectiveMs", 1, MaxFreshnessMs) : null,
        };
        return _aggregate == AggregateKind.Ratio ? definition with { RatioOf = ReadRatio() } : ReadAggregated(definition);
    }

    private FeatureDefinition ReadAggregated(FeatureDefinition definition)
    {
        var where = _members.TryTake("where", out var condition) ? ConditionReader.ReadWhere(condition, _all, "/where") : null;
        var of = ReadOf();
        var by = ReadBy();
        var read = definition with
        {
            Pattern = new EventPattern(ReadEvents(), where),
            Of = of,
            By = by,
            Window = new FeatureWindowReader(_aggregate, _key, _members, _faults).Read(out var halfLifeMs, out var perMs),
            HalfLifeMs = halfLifeMs,
            PerMs = perMs,
            LatenessMs = _members.TryTake("lateness", out var lateness) ? _faults.Length(lateness, "/lateness") ?? 0 : DefaultLatenessMs,
            N = ReadN(),
        };
        read = read with { TtlMs = ReadTtl(read) };
        var looked = where is null ? [] : ConditionProperties.Of(where);
        return read with { Properties = [.. looked.Concat(NamesOf(of)).Concat(NamesOf(by)).Distinct(StringComparer.Ordinal)] };
    }

    private AggregateKind ReadAggregate()
    {
        if (!_members.Require("aggregate", $"one of {string.Join(", ", Aggregates)}", out var json))
        {
            return AggregateKind.Count;
        }

        var word = _faults.Text(json, "/aggregate", "an aggregate");
        var index = Array.IndexOf(Aggregates, word);
        if (word is not null && index < 0)
        {
            _faults.Add("/aggregate", $"Must be one of {string.Join(", ", Aggregates)}.");
        }

        if (index == (int)AggregateKind.Affinity && _key == FeatureKey.Item)
        {
            _faults.Add("/aggregate", "An affinity is of a profile: partitions share an item, and beyond its bound an affinity depends on their order.");
        }

        return (AggregateKind)Math.Max(0, index);
    }

    private FeatureKey ReadKey()
    {
        if (!_members.TryTake("key", out var json) || _faults.Text(json, "/key", "\"profile\" or \"item\"") is not { } word)
        {
            return FeatureKey.Profile;
        }

        if (word is not ("profile" or "item"))
        {
            _faults.Add("/key", "Must be \"profile\" or \"item\".");
        }

        return word == "item" ? FeatureKey.Item : FeatureKey.Profile;
    }

    private ImmutableArray<string> ReadEvents()
    {
        if (!_members.Require("events", "the names of the events that it is made of", out var json))
        {
            return [];
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is 0 or > ConditionLimits.EventNames)
        {
            _faults.Add("/events", $"Must be an array of 1 to {ConditionLimits.EventNames} names.");
            return [];
        }

        var names = json.EnumerateArray().Select((each, index) => _faults.Name(each, $"/events/{index}", "the name of an event")).ToList();
        return [.. names.OfType<string>().Distinct(StringComparer.Ordinal)];
    }

    private FeatureSource? ReadOf()
    {
        var (isNeeded, allowed, what) = _aggregate switch
        {
            AggregateKind.Sum or AggregateKind.Min or AggregateKind.Max or AggregateKind.Average => (true, ProductNumbers, "what is added up or compared"),
            AggregateKind.Distinct or AggregateKind.First or AggregateKind.Last or AggregateKind.LastN => (true, ProductFields, "whose values are told apart or kept"),
            AggregateKind.DecayedSum or AggregateKind.Affinity => (false, ProductNumbers, "what is added up"),
            _ => (false, [], "nothing"),
        };
        if (allowed.Length == 0)
        {
            return Refuse("of", "It counts events, so it is of nothing.");
        }

        return ReadSource("of", isNeeded, allowed, what);
    }

    private FeatureSource? ReadBy() => _aggregate == AggregateKind.Affinity
        ? ReadSource("by", isNeeded: true, ProductNames, "the attribute that it is split by")
        : Refuse("by", "Only an affinity is split.");

    private FeatureSource? ReadSource(string name, bool isNeeded, string[] fields, string what)
    {
        if (!_members.TryTake(name, out var json))
        {
            if (isNeeded)
            {
                _faults.Add("", $"Lacks '{name}': {what}, {{\"property\": …}} or {{\"product\": …}}.");
            }

            return null;
        }

        if (Members.Of(json, $"/{name}", _faults, "{\"property\": …} or {\"product\": …}") is not { } members)
        {
            return null;
        }

        var hasProperty = members.TryTake("property", out var property);
        var hasProduct = members.TryTake("product", out var product);
        members.Finish();
        if (hasProperty == hasProduct)
        {
            _faults.Add($"/{name}", "Must have either 'property' or 'product'.");
            return null;
        }

        var path = $"/{name}/{(hasProperty ? "property" : "product")}";
        var source = _faults.Name(hasProperty ? property : product, path, "a name");
        if (hasProduct && source is not null && !fields.Contains(source))
        {
            _faults.Add(path, $"Must be one of {string.Join(", ", fields)}.");
        }

        if (hasProperty && _key == FeatureKey.Item && _aggregate is AggregateKind.First or AggregateKind.Last or AggregateKind.LastN)
        {
            _faults.Add(path, "What a shopper's event says is kept with the shopper only, where it can be erased: of an item, products' attributes.");
        }

        return source is null ? null : new FeatureSource(hasProperty ? ValueSource.Property : ValueSource.Product, source);
    }

    private FeatureSource? Refuse(string name, string why)
    {
        if (_members.TryTake(name, out _))
        {
            _faults.Add($"/{name}", why);
        }

        return null;
    }

    private (string, string)? ReadRatio()
    {
        if (!_members.Require("of", "the ids of two features, numerator and denominator", out var json))
        {
            return null;
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() != 2)
        {
            _faults.Add("/of", "Must be an array of two ids of features: numerator and denominator.");
            return null;
        }

        var (over, under) = (_faults.Id(json[0], "/of/0", "the id of a feature"), _faults.Id(json[1], "/of/1", "the id of a feature"));
        return over is null || under is null ? null : (over, under);
    }

    private long? ReadTtl(FeatureDefinition read)
    {
        if (!_members.TryTake("ttl", out var json) || _faults.Length(json, "/ttl") is not { } ttlMs)
        {
            return null;
        }

        _faults.AddWhen(read.Window.Kind == WindowKind.Session, "/ttl", "A session ends by itself.");
        _faults.AddWhen(
            ttlMs < read.LatenessMs, "/ttl", $"Must be at least the lateness, \"{Duration.Format(read.LatenessMs)}\": what comes late might join what has been forgotten.");
        return ttlMs;
    }

    private int ReadN()
    {
        if (_aggregate != AggregateKind.LastN)
        {
            Refuse("n", "Only last_n keeps several values.");
            return 0;
        }

        return _members.TryTake("n", out var json) ? _faults.Whole(json, "/n", 1, Declared.Aggregates.LastNAggregate.MaxN) ?? 1 : 10;
    }

    /// <summary>What events know by themselves is not kept apart.</summary>
    private static IEnumerable<string> NamesOf(FeatureSource? source) =>
        source is { Source: ValueSource.Property, Name: not ("revenue" or "name") } property ? [property.Name] : [];
}
