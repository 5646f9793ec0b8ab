using System.Collections.Immutable;
using System.Text.Json;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;

namespace Personalization.Features.Domain.Funnels;

/// <summary>Reads funnels as <c>docs/funnels-and-triggers.md</c> describes them. Every fault is told of at once.</summary>
internal static class FunnelReader
{
    public const int MinSteps = 2;
    public const int MaxSteps = 10;
    public const int MaxCarry = 3;

    /// <summary>Null, with faults, when something is wrong.</summary>
    public static FunnelDefinition? Read(string id, int version, JsonElement body, List<DefinitionFault> told)
    {
        var before = told.Count;
        var faults = new Faults(told);
        if (Members.Of(body, "", faults, "a funnel") is not { } members)
        {
            return null;
        }

        ReadWords(members, faults);
        var steps = ReadSteps(members, faults);
        var within = ReadLength(members, "within", faults);
        var completedFor = ReadLength(members, "completedFor", faults);
        var isStrict = ReadOrder(members, faults);
        var carry = ReadCarry(members, faults);
        members.Finish();
        return told.Count == before ? new FunnelDefinition(id, version, steps, within, isStrict, carry, completedFor) : null;
    }

    /// <summary><c>name</c> and <c>description</c>, which are for people.</summary>
    public static void ReadWords(Members members, Faults faults)
    {
        foreach (var word in (ReadOnlySpan<string>)["name", "description"])
        {
            if (members.TryTake(word, out var json))
            {
                faults.Name(json, members.PathOf(word), $"a {word}");
            }
        }
    }

    public static long? ReadLength(Members members, string name, Faults faults) =>
        members.TryTake(name, out var json) ? faults.Length(json, members.PathOf(name)) : null;

    private static ImmutableArray<FunnelStep> ReadSteps(Members members, Faults faults)
    {
        if (!members.Require("steps", "what shoppers do one after the other", out var json))
        {
            return [];
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is < MinSteps or > MaxSteps)
        {
            faults.Add("/steps", $"Must be an array of {MinSteps} to {MaxSteps} steps.");
            return [];
        }

        var steps = ImmutableArray.CreateBuilder<FunnelStep>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var each in json.EnumerateArray())
        {
            var path = $"/steps/{steps.Count}";
            steps.Add(ReadStep(each, path, steps.Count == 0, faults));
            if (steps[^1].Name.Length > 0 && !names.Add(steps[^1].Name))
            {
                faults.Add($"{path}/name", "Is the name of another step already.");
            }
        }

        return steps.ToImmutable();
    }

    private static FunnelStep ReadStep(JsonElement json, string path, bool isFirst, Faults faults)
    {
        var nothing = new FunnelStep("", new EventPattern([], null), null);
        if (Members.Of(json, path, faults, "a step") is not { } members)
        {
            return nothing;
        }

        var pattern = EventReader.ReadPattern(members, 1, faults);
        var name = members.TryTake("name", out var said) ? faults.Name(said, members.PathOf("name"), "a name") : pattern?.Names[0];
        var within = ReadLength(members, "within", faults);
        if (isFirst && members.Has("within"))
        {
            faults.Add(members.PathOf("within"), "The first step follows nothing, so it has no 'within'; that of the whole funnel stands beside 'steps'.");
        }

        members.Finish();
        return pattern is null || name is null ? nothing : new FunnelStep(name, pattern, within);
    }

    private static bool ReadOrder(Members members, Faults faults)
    {
        if (!members.TryTake("order", out var json) || faults.Text(json, "/order", "\"any\" or \"strict\"") is not { } order)
        {
            return false;
        }

        if (order is not ("any" or "strict"))
        {
            faults.Add("/order", "Must be \"any\", where other events may lie between two steps, or \"strict\", where none may.");
        }

        return order == "strict";
    }

    private static ImmutableArray<(ValueSource Source, string Name)> ReadCarry(Members members, Faults faults)
    {
        if (!members.TryTake("carry", out var json))
        {
            return [];
        }

        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is 0 or > MaxCarry)
        {
            faults.Add("/carry", $"Must be an array of 1 to {MaxCarry} values, such as {{\"product\":\"id\"}} or {{\"property\":\"color\"}}.");
            return [];
        }

        var carry = ImmutableArray.CreateBuilder<(ValueSource, string)>();
        var index = 0;
        foreach (var each in json.EnumerateArray())
        {
            if (ReadCarried(each, $"/carry/{index++}", faults) is { } carried)
            {
                carry.Add(carried);
            }
        }

        if (carry.Count(value => value.Item1 == ValueSource.Product) > 1)
        {
            faults.Add("/carry", "Carries two values of a product; one of them names it.");
        }

        return carry.ToImmutable();
    }

    private static (ValueSource Source, string Name)? ReadCarried(JsonElement json, string path, Faults faults)
    {
        if (Members.Of(json, path, faults, "a value that is carried") is not { } members)
        {
            return null;
        }

        var hasProperty = members.TryTake("property", out var property);
        var hasProduct = members.TryTake("product", out var product);
        members.Finish();
        if (hasProperty == hasProduct)
        {
            faults.Add(path, "Must say what is carried: 'property' or 'product'.");
            return null;
        }

        var at = members.PathOf(hasProperty ? "property" : "product");
        if (faults.Name(hasProperty ? property : product, at, "a name") is not { } name)
        {
            return null;
        }

        if (hasProduct && name is not ("id" or "category" or "brand"))
        {
            faults.Add(at, "Must be one of id, category, brand.");
            return null;
        }

        return (hasProperty ? ValueSource.Property : ValueSource.Product, name);
    }
}
