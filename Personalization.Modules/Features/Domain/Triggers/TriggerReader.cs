using System.Text.Json;
using Personalization.Features.Contracts;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.Conditions.Reading;
using Personalization.Features.Domain.Definitions;
using Personalization.Features.Domain.Funnels;

namespace Personalization.Features.Domain.Triggers;

/// <summary>Reads triggers as <c>docs/funnels-and-triggers.md</c> describes them. Every fault is told of at once.</summary>
internal static class TriggerReader
{
    private const long Hour = 3_600_000;
    private const long Day = 24 * Hour;

    /// <summary>A day: nobody wants the same reminder twice in one.</summary>
    public const long DefaultCooldownMs = Day;

    /// <summary>An hour: a reminder that comes later than that surprises more than it helps.</summary>
    public const long DefaultExpiresMs = Hour;

    /// <summary>What events are kept for: nothing can be remembered, or looked at, for longer.</summary>
    public const long MaxMs = 90 * Day;

    /// <summary>Null, with faults, when something is wrong.</summary>
    public static TriggerDefinition? Read(string id, int version, JsonElement body, List<DefinitionFault> told)
    {
        var before = told.Count;
        var faults = new Faults(told);
        if (Members.Of(body, "", faults, "a trigger") is not { } members)
        {
            return null;
        }

        FunnelReader.ReadWords(members, faults);
        var waits = ReadKind(members, faults);
        var condition = members.TryTake("if", out var json) ? TreeReader.Read(json, "/if", 1, faults) : null;
        var cooldown = ReadBounded(members, "cooldown", DefaultCooldownMs, faults);
        var expires = ReadBounded(members, "expires", DefaultExpiresMs, faults);
        var limit = ReadLimit(members, faults);
        members.Finish();
        return told.Count == before && waits is not null ? new TriggerDefinition(id, version, waits, condition, cooldown, limit, expires) : null;
    }

    private static TriggerWait? ReadKind(Members members, Faults faults)
    {
        var kind = members.Require("kind", TriggerWords.All, out var json) ? faults.Text(json, "/kind", TriggerWords.All) : null;
        switch (kind)
        {
            case "pattern":
                return ReadPattern(members, faults);
            case "price_drop":
                return ReadItem(members, TriggerKind.PriceDrop, faults);
            case "back_in_stock":
                return ReadItem(members, TriggerKind.BackInStock, faults);
            case "engagement_fall":
                return ReadEngagement(members, faults);
            case "segment":
                return ReadSegment(members, faults);
            case not null:
                faults.Add("/kind", $"Must be {TriggerWords.All}.");
                break;
        }

        // What the kind would have is not known, so what stands there is not called wrong.
        foreach (var name in (ReadOnlySpan<string>)["sequence", "within", "interest", "unless", "minShare", "minAmount", "event", "where", "window", "baseline", "share", "minimum", "segment", "on"])
        {
            members.TryTake(name, out _);
        }

        return null;
    }

    private static PatternWait? ReadPattern(Members members, Faults faults)
    {
        if (!members.Has("sequence"))
        {
            members.Require("sequence", "the events that follow each other, and those that do not", out _);
            return null;
        }

        if (SequenceReader.Read(members, 1, faults) is not { } sequence)
        {
            return null;
        }

        var present = sequence.Steps.Count(step => !step.IsAbsent);
        if (sequence.Window is { SinceMs: not null } or { UntilMs: not null } or { IsSession: true })
        {
            faults.Add("", "A trigger's sequence has 'within', from its first event to its last; 'since', 'until' and 'session' mean nothing here.");
        }

        for (var i = 0; i < sequence.Steps.Length; i++)
        {
            if (sequence.Steps[i] is { Times: > 1, WithinMs: not null })
            {
                faults.Add($"/sequence/{i}/within", "A step of several times has no 'within' here; that of the whole sequence bounds it.");
            }
        }

        if (sequence.Steps.Sum(step => step.IsAbsent ? 0 : step.Times) > StepChain.MaxSteps)
        {
            faults.Add("/sequence", $"There are more than {StepChain.MaxSteps} events to wait for, each of its times counted.");
        }

        return present == 0 ? null : new PatternWait(sequence.Steps, sequence.Window.WithinMs);
    }

    private static ItemWait? ReadItem(Members members, TriggerKind kind, Faults faults)
    {
        var interest = ReadEvents(members, "interest", ["Product Viewed", "Product Added"], faults);
        var unless = ReadEvents(members, "unless", ["Order Completed"], faults);
        var within = ReadBounded(members, "within", 30 * Day, faults);
        double? share = 0;
        double? amount = 0;
        if (kind == TriggerKind.PriceDrop)
        {
            share = members.TryTake("minShare", out var json) ? faults.Number(json, "/minShare", "a share of the price") : 0;
            amount = members.TryTake("minAmount", out json) ? faults.Number(json, "/minAmount", "an amount in the shop's currency") : 0;
            if (share is < 0 or > 1)
            {
                faults.Add("/minShare", "Must be from 0 to 1: 0.1 is a tenth of the price.");
            }

            if (amount is < 0 or > 1e12)
            {
                faults.Add("/minAmount", "Must not be negative, nor above 1e12.");
                amount = null;
            }
        }

        return interest is null || unless is null || share is null || amount is null
            ? null
            : new ItemWait(kind, interest, unless, within, share.Value, (decimal)amount.Value);
    }

    private static EngagementWait? ReadEngagement(Members members, Faults faults)
    {
        var pattern = EventReader.ReadPattern(members, 1, faults);
        var window = ReadBounded(members, "window", 7 * Day, faults);
        var baseline = ReadBounded(members, "baseline", 28 * Day, faults);
        var share = members.TryTake("share", out var json) ? faults.Number(json, "/share", "a share") : 0.5;
        var minimum = members.TryTake("minimum", out json) ? faults.Whole(json, "/minimum", 1, 500) : 5;
        if (share is <= 0 or >= 1)
        {
            faults.Add("/share", "Must lie between 0 and 1: 0.5 is half of what used to be.");
        }

        if (window + baseline > MaxMs)
        {
            faults.Add("/baseline", "Window and baseline must not be longer than 90 days together: events are not kept for longer.");
        }

        return pattern is not null && share is { } part && minimum is { } count ? new EngagementWait(pattern, window, baseline, part, count) : null;
    }

    private static SegmentWait? ReadSegment(Members members, Faults faults)
    {
        var id = members.Require("segment", "the id of a segment", out var json) ? faults.Id(json, "/segment", "the id of a segment") : null;
        var on = members.Require("on", "\"entered\" or \"left\"", out json) ? faults.Text(json, "/on", "\"entered\" or \"left\"") : null;
        if (on is not (null or "entered" or "left"))
        {
            faults.Add("/on", "Must be \"entered\" or \"left\".");
        }

        return id is not null && on is not null ? new SegmentWait(id, on == "entered") : null;
    }

    private static EventPattern? ReadEvents(Members members, string name, string[] usual, Faults faults)
    {
        if (!members.TryTake(name, out var json))
        {
            return new EventPattern([.. usual], null);
        }

        if (Members.Of(json, members.PathOf(name), faults, "an event") is not { } inner)
        {
            return null;
        }

        var pattern = EventReader.ReadPattern(inner, 1, faults);
        inner.Finish();
        return pattern;
    }

    private static (int Count, long WindowMs)? ReadLimit(Members members, Faults faults)
    {
        if (!members.TryTake("limit", out var json) || Members.Of(json, "/limit", faults, "a count and a length of time") is not { } inner)
        {
            return null;
        }

        var count = inner.Require("count", "how often at most", out var said) ? faults.Whole(said, "/limit/count", 1, ProfileFirings.MaxOfTrigger) : null;
        long? within = null;
        if (inner.Require("within", "in how long", out _))
        {
            within = ReadBounded(inner, "within", Day, faults);
        }

        inner.Finish();
        return count is { } most && within is { } window ? (most, window) : null;
    }

    private static long ReadBounded(Members members, string name, long usual, Faults faults)
    {
        if (!members.Has(name))
        {
            members.TryTake(name, out _);
            return usual;
        }

        if (FunnelReader.ReadLength(members, name, faults) is not { } ms)
        {
            return usual;
        }

        if (ms > MaxMs)
        {
            faults.Add(members.PathOf(name), "Must not be longer than 90 days: events are not kept for longer.");
        }

        return ms;
    }
}
