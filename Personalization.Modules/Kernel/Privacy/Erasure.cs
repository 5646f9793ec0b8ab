using Microsoft.Extensions.Logging;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Privacy;

/// <summary>Removes a person from every registered store and from the log, provably.</summary>
public interface IErasure
{
    /// <summary>The same under a request id of its own.</summary>
    Task<ErasureReceipt> EraseAsync(Func<ErasureSubject> find, CancellationToken cancellationToken);

    /// <summary>
    /// Finds the subject and erases it while the pipeline rests, so that nothing of it is on its way. Who it is stands on disk before
    /// anything is removed, and from then on nothing of the person is taken in. When this completes, a checkpoint without the person
    /// and a receipt of every store are on disk, and no file holds what was removed. After a crash, or a failure, the erasure goes on
    /// by itself; the same request id may also be tried again, and one that is done answers what was done.
    /// </summary>
    /// <param name="requestId">1 to 128 printable ASCII characters without spaces. Must not name a person.</param>
    /// <param name="find">Called at rest, right after a checkpoint.</param>
    /// <param name="cancellationToken">Ends the waiting, not an erasure that has begun.</param>
    /// <exception cref="SuppressionListFullException">Nothing was changed.</exception>
    /// <exception cref="IOException">The disk refused a part of it. It is tried again.</exception>
    Task<ErasureReceipt> EraseAsync(string requestId, Func<ErasureSubject> find, CancellationToken cancellationToken);
}

/// <summary>What was removed: things per store, events and blocks of the log.</summary>
public sealed record ErasureReceipt(IReadOnlyDictionary<string, long> Stores, int Events, int RewrittenBlocks)
{
    /// <summary>Under which the erasure is remembered.</summary>
    public string RequestId { get; init; } = "";

    /// <summary>One link of the chain for each store, in the order in which they were erased.</summary>
    public IReadOnlyList<StoreReceipt> Receipts { get; init; } = [];
}

internal sealed partial class Erasure(
    Sequencer sequencer,
    IPipelineStatus pipeline,
    LogRewriter log,
    SuppressionList suppression,
    PrivacyFile file,
    DiskHygiene disk,
    MaintenanceGate gate,
    TimeProvider time,
    ILogger<Erasure> logger,
    IEnumerable<IPersonalDataStore> stores,
    IEnumerable<IErasureTraces> traces,
    IEnumerable<IErasureProbe> probes) : IErasure
{
    public const string LogStore = "log/events";

    private readonly IPersonalDataStore[] _stores = [.. stores];

    public Task<ErasureReceipt> EraseAsync(Func<ErasureSubject> find, CancellationToken cancellationToken) =>
        EraseAsync(Guid.CreateVersion7(time.GetUtcNow()).ToString(), find, cancellationToken);

    public async Task<ErasureReceipt> EraseAsync(string requestId, Func<ErasureSubject> find, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(cancellationToken);
        if (file.Find(requestId) is { State: (long)TombstoneState.Erased } done)
        {
            return ReceiptOf(requestId, file.Receipts(done.Number), (int)done.Events, blocks: 0);
        }

        ErasureReceipt? receipt = null;
        await sequencer.AtRestAsync(async () => receipt = await EraseAtRestAsync(requestId, find), CancellationToken.None);
        await MopUpAsync(CancellationToken.None);
        return receipt!;
    }

    /// <summary>Tries again what failed, and takes out of the log what was on its way in when its person was erased.</summary>
    public async Task TidyAsync(CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(cancellationToken);
        suppression.SaveCounts();
        foreach (var unfinished in file.Erasures().Where(row => row.State == (long)TombstoneState.Erasing))
        {
            LogTriedAgain(unfinished.RequestId);
            await sequencer.AtRestAsync(
                () => EraseAtRestAsync(unfinished.RequestId, static () => throw new InvalidOperationException("It was found before.")), CancellationToken.None);
        }

        await MopUpAsync(cancellationToken);
    }

    private async Task<ErasureReceipt> EraseAtRestAsync(string requestId, Func<ErasureSubject> find)
    {
        // Stores look for rows on disk, and the numbers of profiles must be there before their events leave the log.
        await sequencer.CheckpointAtRestAsync();
        var subject = FindUnfinished(requestId) ?? WithTraces(find());
        var number = suppression.Order(requestId, subject);
        Passed("ordered");

        var blocks = log.Erase(subject.Offsets);
        var drafts = new List<ReceiptDraft> { Draft(LogStore, subject.Offsets.Count, subject.Offsets.Count, "blocks rewritten without the events") };
        Passed("log");
        foreach (var store in _stores)
        {
            var found = await store.CountAsync(subject, CancellationToken.None);
            var removed = await store.EraseAsync(subject, CancellationToken.None);
            drafts.Add(Draft(store.Name, found, removed, "removed, and overwritten on disk"));
            Passed(store.Name);
        }

        Forget(subject.Offsets);
        await sequencer.CheckpointAtRestAsync();
        Passed("checkpoint");
        await BackgroundWork.RunAsync(() => drafts.AddRange(EmptyWals()), "erasure", stepsBack: false);
        Passed("files");
        log.Mark(requestId, NowMs);
        var receipts = file.Complete(number, requestId, drafts, subject.Offsets, isAgain: false, NowMs);
        DiskHygiene.EmptyWal(file.Path);
        Passed("receipts");
        return ReceiptOf(requestId, receipts, subject.Offsets.Count, blocks);
    }

    /// <summary>
    /// Events that had passed the door when their person was suppressed reach the log after all. The sequencer drops them; here their
    /// content goes too.
    /// </summary>
    private async Task MopUpAsync(CancellationToken cancellationToken)
    {
        await pipeline.WaitUntilAppliedAsync(cancellationToken);
        await sequencer.AtRestAsync(
            async () =>
            {
                var late = traces.SelectMany(trace => trace.Suppressed()).Distinct().Order().ToList();
                if (late.Count > 0)
                {
                    log.Erase(late);
                    Forget(late);
                    await sequencer.CheckpointAtRestAsync();
                    EmptyWals().ForEach(static _ => { });
                    LogMoppedUp(late.Count);
                }
            },
            cancellationToken);
    }

    private ErasureSubject? FindUnfinished(string requestId)
    {
        if (file.Find(requestId) is not { State: (long)TombstoneState.Erasing } row)
        {
            return null;
        }

        var (offsets, work) = file.Work(row.Number);
        return ErasureWork.Read(work, offsets);
    }

    private ErasureSubject WithTraces(ErasureSubject subject)
    {
        var offsets = new SortedSet<long>(subject.Offsets);
        foreach (var trace in traces)
        {
            offsets.UnionWith(trace.OffsetsOf(subject.IdentifierKeys));
        }

        return subject with { Offsets = [.. offsets] };
    }

    private void Forget(IReadOnlyCollection<long> offsets)
    {
        foreach (var trace in traces)
        {
            trace.Forget(offsets);
        }
    }

    private List<ReceiptDraft> EmptyWals() => [.. disk.Files().Select(path =>
    {
        var bytes = DiskHygiene.EmptyWal(path);
        return Draft("file/" + Path.GetFileName(path), bytes, bytes, "write-ahead log emptied");
    })];

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private ReceiptDraft Draft(string store, long found, long removed, string method) => new(store, found, removed, method, NowMs);

    private void Passed(string step)
    {
        foreach (var probe in probes)
        {
            probe.Passed(step);
        }
    }

    private ErasureReceipt ReceiptOf(string requestId, IReadOnlyList<StoreReceipt> receipts, int events, int blocks)
    {
        var names = _stores.Select(store => store.Name).ToHashSet(StringComparer.Ordinal);
        var removed = receipts.Where(receipt => names.Contains(receipt.Store))
            .GroupBy(receipt => receipt.Store, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.Sum(receipt => receipt.Removed), StringComparer.Ordinal);
        return new ErasureReceipt(removed, events, blocks) { RequestId = requestId, Receipts = receipts };
    }

    [LoggerMessage(EventId = 60, Level = LogLevel.Warning, Message = "The erasure {RequestId} was not finished and is tried again")]
    private partial void LogTriedAgain(string requestId);

    [LoggerMessage(EventId = 61, Level = LogLevel.Information, Message = "Took {Events} events out of the log that had passed the door when their people were suppressed")]
    private partial void LogMoppedUp(int events);
}
