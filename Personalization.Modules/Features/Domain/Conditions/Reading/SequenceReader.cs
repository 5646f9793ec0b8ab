using System.Collections.Immutable;
using System.Text.Json;

namespace Personalization.Features.Domain.Conditions.Reading;

/// <summary>Reads sequences.</summary>
internal static class SequenceReader
{
    /// <summary><c>{"sequence":[…],"within":…}</c>.</summary>
    public static Sequence? Read(Members members, int depth, Faults faults)
    {
        members.TryTake("sequence", out var json);
        var path = members.PathOf("sequence");
        var window = EventReader.ReadWindow(members, faults);
        if (json.ValueKind != JsonValueKind.Array || json.GetArrayLength() is < 1 or > ConditionLimits.Steps)
        {
            faults.Add(path, $"Must be an array of 1 to {ConditionLimits.Steps} steps.");
            return null;
        }

        var steps = ImmutableArray.CreateBuilder<SequenceStep>();
        var index = 0;
        var wasAbsent = false;
        foreach (var each in json.EnumerateArray())
        {
            var at = $"{path}/{index}";
            var place = new Place(index == 0, ++index == json.GetArrayLength(), wasAbsent);
            if (faults.Count(at) && ReadStep(each, at, depth, place, faults, out wasAbsent) is { } step)
            {
                steps.Add(step);
            }
        }

        return window is not null && steps.Count == index ? new Sequence(members.Path, steps.ToImmutable(), window) : null;
    }

    private static SequenceStep? ReadStep(JsonElement json, string path, int depth, Place place, Faults faults, out bool isAbsent)
    {
        isAbsent = false;
        if (Members.Of(json, path, faults, "a step of a sequence") is not { } members)
        {
            return null;
        }

        isAbsent = members.Has("not");
        var step = isAbsent ? ReadAbsence(members, depth, place, faults) : ReadPresence(members, depth, place, faults);
        members.Finish();
        return step;
    }

    private static SequenceStep? ReadPresence(Members members, int depth, Place place, Faults faults)
    {
        var pattern = EventReader.ReadPattern(members, depth, faults);
        var times = members.TryTake("times", out var json) ? faults.Whole(json, members.PathOf("times"), 1, ConditionLimits.Times) : 1;
        var within = ReadWithin(members, faults, out var isGood);
        if (place.IsFirst && members.Has("within"))
        {
            faults.Add(members.PathOf("within"), "The first step follows nothing, so it has no 'within'; that of the whole sequence stands beside 'sequence'.");
            return null;
        }

        return pattern is not null && times is { } count && isGood ? new SequenceStep(pattern, count, within, IsAbsent: false) : null;
    }

    private static SequenceStep? ReadAbsence(Members members, int depth, Place place, Faults faults)
    {
        members.TryTake("not", out var json);
        var path = members.PathOf("not");
        EventPattern? pattern = null;
        if (Members.Of(json, path, faults, "an event") is { } inner)
        {
            pattern = EventReader.ReadPattern(inner, depth, faults);
            inner.Finish();
        }

        var within = ReadWithin(members, faults, out var isGood);
        if (Fault(place, members.Has("within")) is { } fault)
        {
            faults.Add(members.Path, fault);
            return null;
        }

        return pattern is not null && isGood ? new SequenceStep(pattern, 1, within, IsAbsent: true) : null;
    }

    private static string? Fault(Place place, bool hasWithin) =>
        place.IsFirst ? "The first step must be an event: there is nothing yet that something could be missing after."
        : place.IsAfterAbsence ? "Two absences in a row: name both events in one, as an array."
        : place.IsLast && !hasWithin ? "An absence at the end needs 'within': until when there must be none."
        : !place.IsLast && hasWithin ? "An absence in the middle lasts until the next step, so it has no 'within'; that of the next step bounds it."
        : null;

    private static long? ReadWithin(Members members, Faults faults, out bool isGood)
    {
        var has = members.TryTake("within", out var json);
        var ms = has ? faults.Length(json, members.PathOf("within")) : null;
        isGood = has == ms is not null;
        return ms;
    }

    private readonly record struct Place(bool IsFirst, bool IsLast, bool IsAfterAbsence);
}
