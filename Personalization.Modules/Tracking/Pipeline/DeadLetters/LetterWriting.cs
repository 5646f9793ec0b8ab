using System.Globalization;
using System.Text;
using Personalization.Kernel.Hashing;
using Personalization.Kernel.Http;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>Copies what a letter needs out of a batch, whose buffer is reused as soon as the request has its answer.</summary>
/// <param name="hasher">For the index of identifiers.</param>
/// <param name="maxBodyBytes">Bytes of a body that are kept.</param>
internal sealed class LetterWriting(KeyHasher hasher, int maxBodyBytes)
{
    private const int MaxDetail = 2048;
    private const int TooLargeBytes = 64 * 1024;

    /// <summary>The context of a batch goes with each of its letters; a longer one stays behind.</summary>
    private const int MaxContextBytes = 64 * 1024;

    /// <summary>A sentence that may come from an exception, cut to a length that a row can bear.</summary>
    public static string Bounded(string detail) => detail.Length <= MaxDetail ? detail : detail[..MaxDetail];

    /// <summary>One letter for each refused event, or one for the request when it was refused as a whole.</summary>
    public List<(DeadLetter Letter, IReadOnlyCollection<UInt128> Subjects)> LettersOf(in RefusedRequest request, long nowMs)
    {
        var letters = new List<(DeadLetter, IReadOnlyCollection<UInt128>)>();
        if (request.Problem is { } problem && problem != TrackingProblems.InvalidEvent)
        {
            var letter = LetterOf(request, problem, nowMs);
            letters.Add((letter, IdentifierScan.Keys(hasher, letter.Body)));
            return letters;
        }

        foreach (var refusal in request.Batch.Refusals)
        {
            var letter = LetterOf(request, refusal, nowMs);
            letters.Add((letter, IdentifierScan.Keys(hasher, letter.Body)));
        }

        return WithoutOthers(letters, request.Batch);
    }

    /// <summary>
    /// The context of a request speaks of whoever is in it. In a letter that names only some of them it would outlive the erasure of the
    /// others.
    /// </summary>
    private static List<(DeadLetter Letter, IReadOnlyCollection<UInt128> Subjects)> WithoutOthers(
        List<(DeadLetter Letter, IReadOnlyCollection<UInt128> Subjects)> letters, EventBatch batch)
    {
        if (batch.SharedContext.IsEmpty)
        {
            return letters;
        }

        var everybody = letters.SelectMany(letter => letter.Subjects).ToHashSet();
        for (var i = 0; i < batch.EventCount; i++)
        {
            everybody.UnionWith(KeysOf(batch[i]));
        }

        return letters.ConvertAll(letter => everybody.Count > letter.Subjects.Count && !everybody.IsSubsetOf(letter.Subjects)
            ? (letter.Letter with { Context = SharedContext.WithoutPerson(letter.Letter.Context) }, letter.Subjects)
            : letter);
    }

    /// <summary>The letter of an event of the log, its reason still to be said.</summary>
    public DeadLetter LetterOf(TrackedEvent trackedEvent, string source, long nowMs)
    {
        var batch = trackedEvent.Batch;
        return TraceOf(trackedEvent, source, nowMs) with
        {
            EventName = Text(batch, trackedEvent.Name),
            SentAtMs = batch.SentAtMs,
            Context = IsAlone(trackedEvent) ? Context(batch) : SharedContext.WithoutPerson(Context(batch)),
            Body = Cut(batch.Text(trackedEvent.Raw), maxBodyBytes),
            IsTruncated = trackedEvent.Raw.Length > maxBodyBytes || batch.SharedContext.Length > MaxContextBytes,
        };
    }

    /// <summary>The same without anything that the shopper did.</summary>
    public static DeadLetter TraceOf(TrackedEvent trackedEvent, string source, long nowMs)
    {
        var batch = trackedEvent.Batch;
        return new DeadLetter
        {
            KeptAtMs = nowMs,
            ReceivedAtMs = batch.ReceivedAtMs,
            EventIndex = (int)(trackedEvent.Offset - batch.FirstOffset),
            SourceId = batch.SourceId,
            Source = source,
            Origin = batch.Origin,
            EventType = trackedEvent.Type,
            MessageId = Text(batch, trackedEvent.MessageId),
            LogOffset = trackedEvent.Offset,
        };
    }

    /// <summary>The identifiers of an event of the log.</summary>
    public static IReadOnlyCollection<UInt128> KeysOf(TrackedEvent trackedEvent)
    {
        var keys = new HashSet<UInt128> { trackedEvent.UserKey, trackedEvent.AnonymousKey, trackedEvent.PreviousKey };
        keys.Remove(default);
        return keys;
    }

    /// <summary>Whether the request names nobody else.</summary>
    private static bool IsAlone(TrackedEvent trackedEvent)
    {
        var keys = KeysOf(trackedEvent);
        var batch = trackedEvent.Batch;
        return batch.SharedContext.IsEmpty || Enumerable.Range(0, batch.EventCount).All(i => KeysOf(batch[i]).All(keys.Contains));
    }

    private DeadLetter LetterOf(in RefusedRequest request, in Refusal refusal, long nowMs)
    {
        var batch = request.Batch;
        return Begin(request, nowMs) with
        {
            Reason = refusal.Reason == RefusalReason.TooLarge ? DeadLetterReason.Oversized : DeadLetterReason.Invalid,
            Fault = LetterNames.Of(refusal.Reason),
            Detail = Bounded(refusal.Describe()),
            Pointer = Bounded(refusal.Location),
            EventIndex = refusal.Index,
            Position = refusal.Raw.Start,
            EventType = refusal.Type,
            EventName = Text(batch, refusal.Name),
            MessageId = Text(batch, refusal.MessageId),
            SentAtMs = batch.SentAtMs,
            Context = Context(batch),
            Body = Cut(batch.Text(refusal.Raw), maxBodyBytes),
            IsTruncated = refusal.IsSample || refusal.Raw.Length > maxBodyBytes || batch.SharedContext.Length > MaxContextBytes,
            LineKey = LineKey(request, refusal),
        };
    }

    /// <summary>With what the line says: whoever mends a file and sends it on under its id may find another fault in the same place.</summary>
    private UInt128 LineKey(in RefusedRequest request, in Refusal refusal)
    {
        var batch = request.Batch;
        if (batch.ImportId is null || refusal.Line == 0)
        {
            return default;
        }

        var place = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{request.Source?.Id}:{batch.ImportId}:{refusal.Line}:"));
        return hasher.Hash(KeySpace.ImportLine, [.. place, .. batch.Text(refusal.Raw)]);
    }

    private DeadLetter LetterOf(in RefusedRequest request, Problem problem, long nowMs)
    {
        // Of a body that was too large only its beginning was read; of one that could not be decoded nothing can be mended.
        var isWhole = problem != TrackingProblems.TooLarge && problem != TrackingProblems.DamagedBody && problem != TrackingProblems.UnknownEncoding;
        var bound = isWhole ? maxBodyBytes : Math.Min(maxBodyBytes, TooLargeBytes);
        var body = request.Batch.Buffer.AsSpan(0, request.BodyLength);
        return Begin(request, nowMs) with
        {
            Reason = ReasonOf(problem),
            Fault = LetterNames.OfProblem(problem.Name),
            Detail = Bounded(request.Detail ?? problem.Title),
            Position = request.Position,
            Body = Cut(body, bound),
            IsTruncated = !isWhole || body.Length > bound,
        };
    }

    private static DeadLetter Begin(in RefusedRequest request, long nowMs) => new()
    {
        KeptAtMs = nowMs,
        ReceivedAtMs = request.Batch.ReceivedAtMs,
        SourceId = request.Source?.Id ?? 0,
        Source = request.Source?.Name ?? "",
        Origin = request.Batch.Origin,
        Route = request.Route,
    };

    private static DeadLetterReason ReasonOf(Problem problem) => problem.Status switch
    {
        401 => DeadLetterReason.Unauthenticated,
        413 => DeadLetterReason.Oversized,
        _ => DeadLetterReason.Unparsable,
    };

    private static byte[] Context(EventBatch batch) =>
        batch.SharedContext.Length > MaxContextBytes ? [] : batch.Text(batch.SharedContext).ToArray();

    private static byte[] Cut(ReadOnlySpan<byte> body, int bound) => body[..Math.Min(body.Length, bound)].ToArray();

    private static string Text(EventBatch batch, Utf8Slice slice) => Bounded(Encoding.UTF8.GetString(batch.Text(slice)));
}
