using System.Collections.Immutable;
using System.Text.Json;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>Reads conditions and what stands within them.</summary>
internal static class TreeReader
{
    public static Condition? Read(JsonElement json, string path, int depth, Faults faults) => Read(json, path, depth, Words.Kinds, faults);

    /// <summary>A condition on one event.</summary>
    public static Condition? ReadWhere(JsonElement json, string path, int depth, Faults faults) => Read(json, path, depth, Words.KindsOfWhere, faults);

    private static Condition? Read(JsonElement json, string path, int depth, string[] kinds, Faults faults)
    {
        if (!faults.Count(path))
        {
            return null;
        }

        if (depth > ConditionLimits.Depth)
        {
            faults.Add(path, $"Conditions may be nested {ConditionLimits.Depth} deep at most.");
            return null;
        }

        if (Members.Of(json, path, faults, "a condition") is not { } members)
        {
            return null;
        }

        string[] said = [.. kinds.Where(members.Has)];
        if (said.Length != 1)
        {
            faults.Add(path, Missing(said, kinds, members));
            return null;
        }

        var condition = Read(members, said[0], depth, kinds, faults);
        members.Finish();
        return condition;
    }

    private static string Missing(string[] said, string[] kinds, Members members) =>
        said.Length > 1
            ? $"Has {string.Join(" and ", said)}: a condition is one thing; 'all' joins several."
            : $"Must have one of {string.Join(", ", kinds)}"
              + (kinds == Words.KindsOfWhere && Words.Kinds.Any(members.Has) ? ": 'where' asks about the event alone; context of an event is a property such as 'context.device.type'." : ".");

    private static Condition? Read(Members members, string kind, int depth, string[] kinds, Faults faults) => kind switch
    {
        "all" => ReadMany(members, kind, depth, kinds, faults) is { } of ? new AllOf(members.Path, of) : null,
        "any" => ReadMany(members, kind, depth, kinds, faults) is { } of ? new AnyOf(members.Path, of) : null,
        "none" => ReadMany(members, kind, depth, kinds, faults) is { } of ? new NoneOf(members.Path, of) : null,
        "trait" => ComparisonReader.Read(members, ValueSource.Trait, faults),
        "feature" => ComparisonReader.Read(members, ValueSource.Feature, faults),
        "context" => ComparisonReader.Read(members, ValueSource.Context, faults),
        "property" => ComparisonReader.Read(members, ValueSource.Property, faults),
        "product" => ComparisonReader.Read(members, ValueSource.Product, faults),
        "event" => EventReader.Read(members, depth, faults),
        "sequence" => SequenceReader.Read(members, depth, faults),
        "funnel" => ReadFunnel(members, faults),
        "segment" => ReadId(members, kind, faults) is { } id ? new InSegment(members.Path, id) : null,
        "list" => ReadId(members, kind, faults) is { } id ? new OnList(members.Path, id) : null,
        "random" => ReadRandom(members, faults),
        _ => ReadConsent(members, faults),
    };

    private static ImmutableArray<Condition>? ReadMany(Members members, string kind, int depth, string[] kinds, Faults faults)
    {
        members.TryTake(kind, out var json);
        var path = members.PathOf(kind);
        if (json.ValueKind != JsonValueKind.Array)
        {
            faults.Add(path, "Must be an array of conditions.");
            return null;
        }

        var all = ImmutableArray.CreateBuilder<Condition>();
        var index = 0;
        foreach (var each in json.EnumerateArray())
        {
            if (index > ConditionLimits.Nodes)
            {
                return null;
            }

            if (Read(each, $"{path}/{index++}", depth + 1, kinds, faults) is { } condition)
            {
                all.Add(condition);
            }
        }

        return all.Count == index ? all.ToImmutable() : null;
    }

    private static string? ReadId(Members members, string kind, Faults faults)
    {
        members.TryTake(kind, out var json);
        return faults.Id(json, members.PathOf(kind), $"the id of a {kind}");
    }

    private static FunnelStage? ReadFunnel(Members members, Faults faults)
    {
        var id = ReadId(members, "funnel", faults);
        ComparisonOperator? comparison = null;
        var allowed = $"one of {string.Join(", ", Words.OfSteps.Select(Words.Of))}";
        if (members.Require("op", allowed, out var op) && faults.Text(op, members.PathOf("op"), "an operator") is { } word)
        {
            comparison = Words.Operator(word) is { } known && Words.OfSteps.Contains(known) ? known : null;
            if (comparison is null)
            {
                faults.Add(members.PathOf("op"), $"Must be {allowed}.");
            }
        }

        var step = members.Require("step", "how many steps have been completed", out var json)
            ? faults.Whole(json, members.PathOf("step"), 0, ConditionLimits.FunnelSteps)
            : null;
        return id is not null && comparison is { } each && step is { } count ? new FunnelStage(members.Path, id, each, count) : null;
    }

    private static RandomShare? ReadRandom(Members members, Faults faults)
    {
        members.TryTake("random", out var json);
        if (Members.Of(json, members.PathOf("random"), faults, "a share and a seed") is not { } inner)
        {
            return null;
        }

        var share = inner.Require("share", "a number from 0 to 1", out var number) ? faults.Number(number, inner.PathOf("share"), "a share from 0 to 1") : null;
        var seed = inner.Require("seed", "a text; another seed is another choice of people", out var text) ? faults.Name(text, inner.PathOf("seed"), "a seed") : null;
        inner.Finish();
        if (share is < 0 or > 1)
        {
            faults.Add(inner.PathOf("share"), "Must be from 0 to 1: 0.1 is a tenth of all people.");
            return null;
        }

        return share is { } part && seed is not null ? new RandomShare(members.Path, part, seed) : null;
    }

    private static ConsentIs? ReadConsent(Members members, Faults faults)
    {
        members.TryTake("consent", out var json);
        var purpose = faults.Text(json, members.PathOf("consent"), "a purpose");
        if (purpose is not null && !Words.Purposes.Contains(purpose))
        {
            faults.Add(members.PathOf("consent"), $"Must be one of {string.Join(", ", Words.Purposes)}.");
            purpose = null;
        }

        var state = members.Require("is", "\"granted\" or \"denied\"", out var said) ? faults.Text(said, members.PathOf("is"), "\"granted\" or \"denied\"") : null;
        if (state is not (null or "granted" or "denied"))
        {
            faults.Add(members.PathOf("is"), "Must be \"granted\" or \"denied\".");
            state = null;
        }

        return purpose is not null && state is not null ? new ConsentIs(members.Path, purpose, state == "granted") : null;
    }
}
