using Microsoft.Extensions.Options;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Turns what was refused, and what failed, into letters, and hands them to the writer.</summary>
internal sealed class DeadLetterSink(
    LetterQueue queue,
    DeadLetterMetrics metrics,
    KeyHasher hasher,
    ISourceRegister sources,
    TimeProvider time,
    ISuppressionList suppression,
    IEnumerable<IRefusalRule> rules,
    RefusedConsent consent,
    IOptions<DeadLetterOptions> options) : IDeadLetterSink
{
    private readonly LetterWriting _writing = new(hasher, options.Value.MaxBodyBytes);
    private readonly IRefusalRule[] _rules = [.. rules];
    private int _isParked;

    public ValueTask<bool> KeepAsync(RefusedRequest request)
    {
        if (!IsKept(request))
        {
            return new(true);
        }

        var letters = _writing.LettersOf(request, time.GetUtcNow().ToUnixTimeMilliseconds());
        if (!suppression.IsEmpty && letters.RemoveAll(letter => letter.Subjects.Any(suppression.Contains)) is > 0 and var withheld)
        {
            // Of an erased person not even what was wrong with their events is kept.
            metrics.NotKept("suppressed", withheld);
        }

        if (_rules.Length > 0 && letters.RemoveAll(letter => !MayKeep(letter.Letter, letter.Subjects)) is > 0 and var denied)
        {
            metrics.NotKept("collection_denied", denied);
        }

        if (letters.Count == 0)
        {
            return new(true);
        }

        var write = new LetterWrite(
            store =>
            {
                foreach (var (letter, subjects) in letters)
                {
                    Count(store.Insert(letter, subjects), letter);
                }
            },
            letters.Sum(letter => (long)letter.Letter.SizeWith(letter.Subjects.Count)));
        if (queue.TryAdd(write))
        {
            // A stranger does not make us wait for the disk.
            return request.Source is null ? new(true) : new(write.Done);
        }

        metrics.NotKept("queue_full", letters.Count);
        return new(request.Source is null);
    }

    public void Park(TrackedEvent trackedEvent, string stage, Exception error)
    {
        var detail = $"{error.GetType().Name}: {error.Message}";
        var resumed = trackedEvent.Batch.ResumedOffset;
        if (resumed >= 0)
        {
            var replayOffset = trackedEvent.Offset;
            Add(new LetterWrite(store => store.Reopen(resumed, replayOffset, stage, LetterWriting.Bounded(detail)), detail.Length));
            return;
        }

        Keep(_writing.LetterOf(trackedEvent, sources.NameOf(trackedEvent.Batch.SourceId), time.GetUtcNow().ToUnixTimeMilliseconds()) with
        {
            Reason = DeadLetterReason.Failed,
            Stage = stage,
            Detail = LetterWriting.Bounded(detail),
        }, trackedEvent);
    }

    public void Settle(TrackedEvent trackedEvent)
    {
        var (first, replay) = (trackedEvent.FirstOffset, trackedEvent.Offset);
        Add(new LetterWrite(store => store.Settle(first, replay)));
    }

    public void Suppress(TrackedEvent trackedEvent, string step) =>
        Keep(LetterWriting.TraceOf(trackedEvent, sources.NameOf(trackedEvent.Batch.SourceId), time.GetUtcNow().ToUnixTimeMilliseconds()) with
        {
            Reason = DeadLetterReason.Suppressed,
            Stage = step,
            Detail = "Left out: the person was erased or suppressed. Nothing of the event is kept here.",
        }, trackedEvent);

    public ValueTask FlushAsync()
    {
        if (Interlocked.Exchange(ref _isParked, 0) == 0)
        {
            return ValueTask.CompletedTask;
        }

        var barrier = new LetterWrite(static _ => { });
        return queue.AddAlways(barrier) ? new(barrier.Done) : ValueTask.CompletedTask;
    }

    private bool MayKeep(DeadLetter letter, IReadOnlyCollection<UInt128> subjects)
    {
        var said = consent.Of(letter);
        return Array.TrueForAll(_rules, rule => rule.MayKeep(subjects, said));
    }

    /// <summary>
    /// Not a client that left; and of a replay only what was refused beside events that were taken: a letter that is refused as a whole
    /// is its own letter still.
    /// </summary>
    private static bool IsKept(in RefusedRequest request) =>
        request.Problem is not { Status: 499 } &&
        (!request.Batch.IsOfLetter || (request.Problem is null && request.Batch.EventCount > 0));

    private void Keep(DeadLetter letter, TrackedEvent trackedEvent)
    {
        var subjects = LetterWriting.KeysOf(trackedEvent);
        Add(new LetterWrite(
            store =>
            {
                if (store.Insert(letter, subjects))
                {
                    metrics.Kept(letter.Reason);
                }
            },
            letter.SizeWith(subjects.Count)));
    }

    private void Add(LetterWrite write)
    {
        Volatile.Write(ref _isParked, 1);
        if (!queue.AddPatiently(write))
        {
            metrics.NotKept("stopping", 1);
        }
    }

    private void Count(bool isKept, DeadLetter letter)
    {
        if (isKept)
        {
            metrics.Kept(letter.Reason);
        }
        else if (letter.Source.Length == 0)
        {
            metrics.NotKept("stranger", 1);
        }
    }
}
