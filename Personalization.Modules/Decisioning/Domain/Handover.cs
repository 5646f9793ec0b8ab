using Personalization.Decisioning.Contracts;
using Personalization.Decisioning.Domain.Candidates;

namespace Personalization.Decisioning.Domain;

/// <summary>Hands an answer to whoever asked. Called once for a question, on the thread that decided or, when it is late, on another one.</summary>
/// <param name="asker">As given with the question.</param>
/// <param name="request">The question.</param>
/// <param name="answer">The answer.</param>
/// <param name="isLate">The thread that was to decide is still held by a part: it cannot be used for anything else yet.</param>
internal delegate Task WriteAnswer(object asker, RecommendationRequest request, Recommendations answer, bool isLate);

/// <summary>A decision that was taken from a thread which a part holds. Immutable but for its end.</summary>
/// <param name="Request">The question.</param>
/// <param name="Placement">As it would have been decided for.</param>
/// <param name="DecisionId">Its id, which the answer keeps: what was promised was promised to it.</param>
/// <param name="Part">What holds the thread.</param>
/// <param name="Offers">Those that were promised to the answer already, and so are in it.</param>
/// <param name="Asker">Who gets the answer.</param>
/// <param name="Write">How.</param>
internal sealed record CutShort(
    RecommendationRequest Request, Placement Placement, Guid DecisionId, PartHealth Part, RecommendedOffer[]? Offers, object Asker, WriteAnswer Write)
{
    /// <summary>Ends when the answer is written: until then the thread that comes back leaves the asker alone.</summary>
    public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>
/// Who answers a question: the thread that decides, or whoever watches it when its time is over. One word says so, which only grows: it is even while the
/// decision may be taken over and odd while it may not, so that one who looked at an earlier decision of the same context takes nothing from this one. What is promised
/// to an answer is promised while nobody can take it over. A question without an asker stays with its thread.
/// </summary>
internal sealed class Handover
{
    private long _word = 1;

    /// <summary>The word as the deciding thread left it.</summary>
    private long _own = 1;
    private object? _asker;
    private WriteAnswer? _write;
    private CutShort? _taken;

    /// <summary>Whether somebody else answers. The deciding thread's.</summary>
    public bool IsTaken => Volatile.Read(ref _word) != _own;

    /// <summary>The next question has somebody who can be answered from another thread.</summary>
    public void Ask(object asker, WriteAnswer write) => (_asker, _write) = (asker, write);

    /// <summary>All that an answer needs is in the context.</summary>
    public void Open()
    {
        if (_asker is not null)
        {
            Volatile.Write(ref _word, ++_own);
        }
    }

    /// <summary>From here on nobody takes the decision over. To hold what is held changes nothing.</summary>
    /// <returns>False when somebody has.</returns>
    public bool TryHold()
    {
        if (_asker is null || _own % 2 != 0)
        {
            return true;
        }

        if (Interlocked.CompareExchange(ref _word, _own + 1, _own) != _own)
        {
            return false;
        }

        _own++;
        return true;
    }

    /// <summary>It may be taken over again.</summary>
    public void Release() => Open();

    /// <summary>The context is free for another decision.</summary>
    /// <returns>What became of the decision that was taken over; null when it was not.</returns>
    public CutShort? End()
    {
        var taken = IsTaken ? _taken : null;
        (_own, _asker, _write, _taken) = (Volatile.Read(ref _word), null, null, null);
        return taken;
    }

    /// <summary>Takes the decision over, for whoever watches; one thread at a time.</summary>
    /// <param name="context">Whose this is.</param>
    /// <param name="part">What holds its thread.</param>
    /// <returns>Null when there is nothing to take: it is not late, has been taken or is being finished, or nobody could be answered.</returns>
    public CutShort? TryTake(DecisionContext context, PartHealth part)
    {
        // Whatever is read from here on is the decision's that the exchange then finds unchanged, or is thrown away.
        var word = Volatile.Read(ref _word);
        if (word % 2 != 0 || !context.Deadline.IsNearlyOver || _asker is not { } asker || _write is not { } write)
        {
            return null;
        }

        var offers = context.Offers.IsSettled ? context.Offers.ToAnswer() : null;
        var cut = new CutShort(context.Request, context.Placement, context.DecisionId, part, offers, asker, write);
        Volatile.Write(ref _taken, cut);
        return Interlocked.CompareExchange(ref _word, word + 1, word) == word ? cut : null;
    }
}
