using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain;

/// <content>Who has a turn, for how long, and what happens when one fails or does not come back.</content>
internal sealed partial class Personalizer
{
    /// <summary>Candidates that a ranker chooses from.</summary>
    private const int RankedPool = 200;

    /// <summary>Most that one part adds to them, when an answer is no longer.</summary>
    private const int RankedQuota = 40;

    /// <summary>Decisions that are made or could be, for whoever watches them.</summary>
    internal DecisionContext[] Contexts => _contexts.All;

    /// <summary>All parts and steps that decisions ask.</summary>
    internal IEnumerable<PartHealth> Health => _plan.Parts.Select(part => part.Health).Concat(_health);

    /// <summary>Whether it is a part, which can be asked without a decision; a step may count what it sees, so only a decision tries it.</summary>
    internal bool IsPart(PartHealth health) => _plan.Parts.Any(part => part.Health == health);

    /// <summary>
    /// Asks a part that was left out once more, for a question that nobody waits for. Blocks as long as the part does: for a thread of its own.
    /// </summary>
    internal void Try(PartHealth health)
    {
        var part = _plan.Parts.First(part => part.Health == health);
        var placement = _placements.Values.FirstOrDefault(placement => _plan.PartsOf(placement.Kind).Contains(part)) ?? _placements.Values[0];
        var context = new DecisionContext(_catalog);
        var request = new RecommendationRequest { Placement = placement.Name, Items = _catalog.Count > 0 ? [_catalog.IdOf(_catalog.Count - 1)] : null };
        context.Begin(request, placement, _time.GetUtcNow(), RankedPool, new Deadline(_time, placement.Budget));
        context.Trail.Begin(isKept: false);
        try
        {
            _shoppers.Read(request, placement, context);
            context.Slate.BeginPart(part.Number);
            part.Source.Propose(context);
        }
        catch (Exception error) // It came back; that it fails is another matter, and each decision says so.
        {
            ReportFailed(error, part.Code, placement);
        }

        if (context.Deadline.IsOver)
        {
            health.LeaveOut(_time);
        }
        else
        {
            health.TakeBack();
            LogTakenBack(health.Name);
        }
    }

    /// <summary>Lets the placement's parts propose: one after the other until the pool is full, or all of them side by side for a ranker.</summary>
    private string? Gather(Placement placement, DecisionContext context)
    {
        var parts = _plan.PartsOf(placement.Kind);
        if (placement.Ranker == PlacementRanker.Plan)
        {
            return Propose(parts, placement, context);
        }

        context.Slate.BeginGathering(Math.Max(RankedQuota, context.Slate.Limit));
        var fallback = Propose(parts, placement, context);
        context.Slate.EndGathering();
        if (fallback is null && context.Slate.Count < context.Slate.Limit)
        {
            Propose(_plan.BaselineParts, placement, context, isBaseline: true);
        }

        return fallback;
    }

    /// <returns>Why the baseline has to fill in; null when it has not.</returns>
    private string? Propose(PlannedPart[] parts, Placement placement, DecisionContext context, bool isBaseline = false)
    {
        string? fallback = null;
        var began = context.Trail.IsKept ? _time.GetTimestamp() : 0;
        foreach (var part in parts)
        {
            context.Slate.BeginPart(part.Number);

            // Next best actions are offers; products are no baseline for them.
            if (context.Slate.IsFull || placement.Kind == PlacementKind.NextBestAction || context.Handover.IsTaken)
            {
                break;
            }

            // The baseline asks what was late before, for there is nothing behind it; but nothing that does not come back.
            if ((isBaseline ? part.Health.Hangs : part.Health.IsOut) || part.Health == context.Without)
            {
                context.Trail.Visited(part.Number, VisitState.LeftOut, 0, 0);
                fallback ??= Fallback.PartLeftOut;
                continue;
            }

            var before = context.Slate.Count;
            var state = Ask(part, placement, context);
            fallback = state == VisitState.Failed ? Fallback.ModelFailed : fallback;
            var ended = _time.GetTimestamp();
            var isOver = !isBaseline && context.Deadline.IsOverAt(ended);
            context.Trail.Visited(part.Number, isOver && state == VisitState.Done ? VisitState.Late : state, context.Slate.Count - before, began == 0 ? 0 : Micros(began, ended));
            if (isOver)
            {
                EndLate(part.Health, placement, context);
                return Fallback.BudgetExceeded;
            }

            part.Health.WasInTime();
            began = began == 0 ? 0 : ended;
        }

        return fallback;
    }

    private VisitState Ask(PlannedPart part, Placement placement, DecisionContext context)
    {
        context.Enter(part.Health);
        try
        {
            part.Source.Propose(context);
            return VisitState.Done;
        }
        catch (Exception error) // A broken part must not take the others with it.
        {
            ReportFailed(error, part.Code, placement);
            return VisitState.Failed;
        }
        finally
        {
            context.Leave();
        }
    }

    private void EndLate(PartHealth part, Placement placement, DecisionContext context)
    {
        if (!part.IsOut && part.WasLate(_time))
        {
            LogLeftOut(part.Name, placement.Name);
        }

        if (MayLog())
        {
            LogBudgetExceeded(part.Name, context.Placement.Name, placement.Budget.TotalMilliseconds);
        }
    }

    private int PoolFor(Placement placement, int limit)
    {
        var pool = placement.Ranker == PlacementRanker.Plan ? limit : RankedPool;
        foreach (var step in _steps)
        {
            pool = Math.Max(pool, step.PoolFor(placement, limit));
        }

        return pool;
    }

    /// <returns>Why something is missing from the answer; null when nothing is.</returns>
    private string? Run(DecisionPhase phase, DecisionContext context)
    {
        string? fallback = null;
        for (var i = 0; i < _steps.Length; i++)
        {
            if (_steps[i].Phase != phase || context.Placement.LeavesOut(_steps[i].Name) || context.Handover.IsTaken)
            {
                continue;
            }

            var state = Run(i, context);
            if (state != VisitState.Done)
            {
                context.Trail.Faulted(i, state);
                fallback = state == VisitState.LeftOut ? Fallback.PartLeftOut : Fallback.ModelFailed;
            }

            if (phase is DecisionPhase.Rank or DecisionPhase.Arrange or DecisionPhase.Seal)
            {
                context.Trail.Keep(i, context.Slate.Entries);
            }
        }

        return fallback;
    }

    private VisitState Run(int step, DecisionContext context)
    {
        var health = _health[step];
        var isTry = health.IsOut;
        if (health == context.Without || (isTry && !health.MayTry(_time)))
        {
            return VisitState.LeftOut;
        }

        context.CurrentStep = step;
        context.Enter(health);
        try
        {
            _steps[step].Apply(context, context.ScratchOf(step));
            return VisitState.Done;
        }
        catch (Exception error) // A broken step must not take the others with it.
        {
            ReportFailed(error, health.Name, context.Placement);
            return VisitState.Failed;
        }
        finally
        {
            context.Leave();
            if (isTry)
            {
                EndTry(health, context);
            }
        }
    }

    private void EndTry(PartHealth health, DecisionContext context)
    {
        if (context.Deadline.IsOver)
        {
            health.LeaveOut(_time);
            return;
        }

        health.TakeBack();
        LogTakenBack(health.Name);
    }

    /// <summary>Takes out what must not be shown, and leaves as many as were asked for.</summary>
    private string? Seal(Placement placement, DecisionContext context)
    {
        var fallback = Run(DecisionPhase.Seal, context);
        if (fallback is not null)
        {
            context.Slate.Empty();
            Propose(_plan.BaselineParts, placement, context, isBaseline: true);
            context.Trail.Keep(DecisionTrail.Baseline, context.Slate.Entries);
        }

        context.Slate.Cut(context.Slate.Limit);
        return fallback;
    }

    private int Micros(long from, long to) => (int)Math.Min((to - from) * 1_000_000 / _time.TimestampFrequency, int.MaxValue);

    [LoggerMessage(EventId = 5300, Level = LogLevel.Warning, Message = "{Part} is left out of decisions for a while: it was late for {Placement} again and again")]
    private partial void LogLeftOut(string part, string placement);

    [LoggerMessage(EventId = 5301, Level = LogLevel.Information, Message = "{Part} answers in time again, and decisions ask it again")]
    private partial void LogTakenBack(string part);
}
