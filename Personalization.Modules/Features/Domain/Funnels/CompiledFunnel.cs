using System.Collections.Immutable;
using Personalization.Features.Domain.Conditions;
using Personalization.Features.Domain.History;

namespace Personalization.Features.Domain.Funnels;

/// <summary>Where a profile stands in a funnel.</summary>
/// <param name="Stage">Steps that its furthest current attempt has completed; 0 for none.</param>
/// <param name="UntilMs">When that falls by itself, Unix ms; <see cref="long.MaxValue"/> for never.</param>
internal readonly record struct FunnelStanding(int Stage, long UntilMs);

/// <summary>
/// A funnel that can be asked: a pure function of the profile's facts and of now, so late events and merges need nothing of their own.
/// Immutable; any thread.
/// </summary>
internal sealed class CompiledFunnel(FunnelDefinition definition, StepChain chain)
{
    private static readonly string[] PersonCalls = ["$identify", "$group", "$alias"];

    /// <summary>How far back from now a standing can depend on events, in ms.</summary>
    private readonly long _reachMs = definition.WithinMs is { } within ? within + (definition.CompletedForMs ?? 0) : long.MaxValue;

    public FunnelDefinition Definition => definition;

    public StepChain Chain => chain;

    /// <summary>How many names of events were known when it was compiled, if one of its own was not among them; -1 when all were.</summary>
    public int NamesWhenIncomplete { get; private init; } = -1;

    public static CompiledFunnel Compile(FunnelDefinition definition, IConditionCompiler compiler, IEventNames names, IKeptProperties properties)
    {
        var known = names.Count;
        var steps = definition.Steps.Select(step => new ChainStep(compiler.Compile(step.Pattern), step.WithinMs ?? long.MaxValue)).ToImmutableArray();
        var isWhole = definition.Steps.All(step => step.Pattern.Names.All(name => names.Find(name) >= 0));
        var carried = definition.Carry.Select(value => CarriedOf(value.Source, value.Name, properties)).ToImmutableArray();
        var ignored = PersonCalls.Select(name => names.Find(name)).Where(number => number >= 0).ToImmutableArray();
        var chain = new StepChain(steps, definition.WithinMs ?? long.MaxValue, definition.IsStrict, carried, ignored);
        return new CompiledFunnel(definition, chain) { NamesWhenIncomplete = isWhole && ignored.Length == PersonCalls.Length ? -1 : known };
    }

    /// <summary>Where the profile stands now.</summary>
    public FunnelStanding StandingAt(ProfileFacts facts, long nowMs) => StandingAt(facts, nowMs, out _);

    /// <summary>The same, with the events that it stands on, oldest first. Allocates.</summary>
    public FunnelStanding StandingAt(ProfileFacts facts, long nowMs, List<long> offsets)
    {
        var standing = StandingAt(facts, nowMs, out var node);
        for (var step = standing.Stage - 1; step >= 0; step--)
        {
            ref readonly var at = ref ChainRun.OfThread.At(step)[node];
            offsets.Insert(0, facts.Events[at.Event].Offset);
            node = at.Back;
        }

        return standing;
    }

    private FunnelStanding StandingAt(ProfileFacts facts, long nowMs, out int deciding)
    {
        var run = ChainRun.OfThread;
        run.Run(chain, facts, _reachMs == long.MaxValue ? long.MinValue : nowMs - _reachMs, nowMs);
        deciding = -1;
        for (var step = chain.Steps.Length - 1; step >= 0; step--)
        {
            var until = long.MinValue;
            var nodes = run.At(step);
            for (var i = 0; i < nodes.Length; i++)
            {
                if (LapsesAt(in nodes[i], step, run.LastOrdinal) is var lapses && lapses > nowMs && lapses >= until)
                {
                    (until, deciding) = (lapses, i);
                }
            }

            if (until > nowMs)
            {
                return new FunnelStanding(step + 1, until);
            }
        }

        return new FunnelStanding(0, long.MaxValue);
    }

    /// <summary>When an attempt that stands at this node is over: nothing can follow any more, or what was completed no longer counts.</summary>
    private long LapsesAt(ref readonly ChainNode node, int step, int lastOrdinal)
    {
        var whole = Later(node.StartMs, chain.WithinMs);
        if (step == chain.Steps.Length - 1)
        {
            return definition.CompletedForMs is { } counts ? Later(node.TimeMs, counts) : whole;
        }

        return chain.IsStrict && node.Ordinal != lastOrdinal ? long.MinValue : Math.Min(whole, Later(node.TimeMs, chain.Steps[step + 1].WithinMs));
    }

    private static long Later(long timeMs, long byMs) => byMs == long.MaxValue ? long.MaxValue : timeMs + byMs;

    private static Carried CarriedOf(ValueSource source, string name, IKeptProperties properties) => source == ValueSource.Product
        ? new Carried(source, -1, name switch { "category" => ProductPart.Category, "brand" => ProductPart.Brand, _ => ProductPart.Id })
        : new Carried(source, properties.Find(name), default);
}
