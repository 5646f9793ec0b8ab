using Microsoft.Extensions.Logging;
using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;
using Personalization.Decisioning.Domain.Steps;

namespace Personalization.Decisioning.Domain;

/// <content>
/// Answers that go out in time although a part does not come back. A thread cannot be taken out of a call, so whoever asks like this can be answered
/// from another thread; the context stays with the call that hangs, and comes back to the pool with it.
/// </content>
internal sealed partial class Personalizer
{
    private static readonly WriteAnswer ToTask = static (asker, _, answer, _) =>
    {
        ((TaskCompletionSource<Recommendations?>)asker).TrySetResult(answer);
        return Task.CompletedTask;
    };

    /// <summary>Answers through a delegate: on this thread, or in time on another one while this one is held.</summary>
    /// <param name="request">The question.</param>
    /// <param name="asker">Handed to the delegate; used by nobody else until the task is over.</param>
    /// <param name="write">Writes the answer.</param>
    /// <param name="written">Over when the answer is written.</param>
    /// <returns>False when there is no placement of that name.</returns>
    internal bool TryAnswer(RecommendationRequest request, object asker, WriteAnswer write, out Task written)
    {
        if (!_placements.TryGetValue(request.Placement, out var placement))
        {
            written = Task.CompletedTask;
            return false;
        }

        var context = _contexts.Rent();
        context.Handover.Ask(asker, write);
        var answer = Answer(request, placement, context);
        var taken = context.Handover.End();
        _contexts.Return(context);
        written = answer is null ? taken!.Written.Task : write(asker, request, answer, isLate: false);
        return true;
    }

    public Task<Recommendations?> RecommendAsync(RecommendationRequest request)
    {
        var asked = new TaskCompletionSource<Recommendations?>(TaskCreationOptions.RunContinuationsAsynchronously);
        ThreadPool.UnsafeQueueUserWorkItem(static work => work.This.AnswerInto(work.asked, work.request), (This: this, asked, request), preferLocal: false);
        return asked.Task;
    }

    /// <summary>Takes a decision from the thread that a part holds; null when there is nothing to take.</summary>
    internal static CutShort? TryCutShort(DecisionContext context, PartHealth part) => context.Handover.TryTake(context, part);

    /// <summary>The smallest that any placement has.</summary>
    internal TimeSpan SmallestBudget => _placements.Count == 0 ? TimeSpan.MaxValue : _placements.Values.Min(placement => placement.Budget);

    /// <summary>
    /// Answers in the place of a decision that hangs, from the baseline and without what holds it. The shopper is read all the same: what they may not be shown
    /// stays out of this answer too. Blocks if a second part hangs: for a thread of its own.
    /// </summary>
    internal Task AnswerLate(CutShort cut)
    {
        var context = _contexts.Rent();
        var answer = _switches?.Holds(cut.Placement.Name) is { } held
            ? AnswerBaseline(cut.Request, cut.Placement, context, held)!
            : AnswerLate(cut, context);
        _contexts.Return(context);
        _meter.Decided(cut.Placement.Name, answer.FallbackReason);
        if (MayLog())
        {
            LogCutShort(cut.Part.Name, cut.Placement.Name, cut.Placement.Budget.TotalMilliseconds);
        }

        return cut.Write(cut.Asker, cut.Request, answer, isLate: true);
    }

    private Recommendations AnswerLate(CutShort cut, DecisionContext context)
    {
        var (request, placement) = (cut.Request, cut.Placement);
        Begin(request, placement, context, DecisionContext.LimitOf(request, placement));
        context.StandInFor(cut.DecisionId, cut.Part);
        if (_plan.Parts.FirstOrDefault(part => part.Health == cut.Part) is { } hangs)
        {
            context.Trail.Visited(hangs.Number, VisitState.Late, 0, 0);
        }

        var (notPersonalized, _) = ReadShopper(request, placement, context);
        Run(DecisionPhase.Prepare, context);
        Propose(_plan.BaselineParts, placement, context, isBaseline: true);
        context.Trail.Keep(DecisionTrail.Proposed, context.Slate.Entries);
        Seal(placement, context);
        var answer = new Recommendations
        {
            DecisionId = context.DecisionId,
            Placement = placement.Name,
            Items = Items(context.Slate),
            Offers = cut.Offers,
            ModelVersion = _versions.OfBaseline(),
            Consent = context.Consent,
            IsPersonalized = notPersonalized is null,
            NotPersonalizedReason = notPersonalized,
            FallbackReason = Fallback.BudgetExceeded,
            Parts = _plan.CodesOf(Contributed(context.Slate)),
            MissingParts = _plan.CodesOf(context.Trail.Missing),
            Experiment = placement.Experiment,
            Variant = placement.Variant,
        };
        Remember(context, answer);
        return answer;
    }

    private void AnswerInto(TaskCompletionSource<Recommendations?> asked, RecommendationRequest request)
    {
        try
        {
            if (!TryAnswer(request, asked, ToTask, out _))
            {
                asked.TrySetResult(null);
            }
        }
        catch (Exception error) // Carried to whoever awaits.
        {
            asked.TrySetException(error);
        }
    }

    [LoggerMessage(EventId = 5360, Level = LogLevel.Warning, Message = "{Part} held a decision for {Placement} until its {BudgetMs} ms were nearly over; the baseline answered")]
    private partial void LogCutShort(string part, string placement, double budgetMs);
}
