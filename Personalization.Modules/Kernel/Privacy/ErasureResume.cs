using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Privacy;

/// <summary>
/// Before anything is loaded or served: compares what was ordered to be erased with what this log has been through. A crash in the midst
/// of an erasure leaves an unfinished one; a log from a backup lacks those that came after the copy. Either is carried out on the log,
/// by identifiers alone, and all derived state is thrown away and rebuilt from what is left: profile numbers may have meant others.
/// </summary>
internal sealed partial class ErasureResume(
    LogStore store,
    LogReplay replay,
    LogRewriter log,
    CheckpointCoordinator checkpoints,
    PrivacyFile file,
    PrivacyKey key,
    DiskHygiene disk,
    TimeProvider time,
    ILogger<ErasureResume> logger,
    IEnumerable<IPersonalDataStore> stores,
    IEnumerable<IIdentifierSource> sources,
    IEnumerable<ILogIdentifiers> readers) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var marks = log.Marks();
        var pending = file.Erasures().Where(row => row.State == (long)TombstoneState.Erasing || !marks.Contains(row.RequestId)).ToList();
        if (pending.Count > 0)
        {
            LogResuming(pending.Count);
            await ResumeAsync(pending, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ResumeAsync(List<TombstoneRow> pending, CancellationToken cancellationToken)
    {
        var people = new ErasedPeople(key, file.Identifiers(withLifted: true, out var numbers), numbers);
        var found = pending.ToDictionary(row => row.Number, row => new Found(row, file.Work(row.Number)));
        await BackgroundWork.RunAsync(() => Scan(people, found), "erasure", stepsBack: false);
        foreach (var identifier in sources.SelectMany(source => source.Identifiers()))
        {
            if (people.Find(identifier) is >= 0 and var number && found.TryGetValue(number, out var owner))
            {
                owner.Keys.Add(identifier);
            }
        }

        // One after the other and whole: what a later crash finds done need not be done again.
        foreach (var person in found.Values.OrderBy(person => person.Row.Number))
        {
            var drafts = await EraseAsync(person, cancellationToken);
            checkpoints.StartOver();
            drafts.Add(Draft("checkpoints", 1, 1, "thrown away; rebuilt from the log without the person"));
            foreach (var path in disk.Files())
            {
                var bytes = DiskHygiene.EmptyWal(path);
                drafts.Add(Draft("file/" + Path.GetFileName(path), bytes, bytes, "write-ahead log emptied"));
            }

            // The places stay those of the erasure itself, for a log that is older still.
            var offsets = person.Offsets.Union(person.Known).Order().ToList();
            log.Mark(person.Row.RequestId, NowMs);
            file.Complete(person.Row.Number, person.Row.RequestId, drafts, offsets, isAgain: true, NowMs);
            DiskHygiene.EmptyWal(file.Path);
            LogResumed(person.Row.RequestId, person.Offsets.Count);
        }
    }

    private async Task<List<ReceiptDraft>> EraseAsync(Found person, CancellationToken cancellationToken)
    {
        var offsets = person.Offsets.ToList();
        log.Erase(offsets);
        var drafts = new List<ReceiptDraft> { Draft(Erasure.LogStore, offsets.Count, offsets.Count, "blocks rewritten without the events") };

        // No profile numbers: those of a state that is thrown away would name others in the next.
        var subject = new ErasureSubject(new HashSet<int>(), offsets, person.Keys);
        foreach (var keeper in stores.Where(keeper => keeper is not ICheckpointed))
        {
            var found = await keeper.CountAsync(subject, cancellationToken);
            var removed = await keeper.EraseAsync(subject, cancellationToken);
            drafts.Add(Draft(keeper.Name, found, removed, "removed, and overwritten on disk"));
        }

        return drafts;
    }

    /// <summary>Reads the whole log once for all of them.</summary>
    private void Scan(ErasedPeople people, Dictionary<long, Found> found)
    {
        var byKind = readers.ToDictionary(reader => reader.Kind);
        var events = new List<LogIdentifiers>();
        foreach (var entry in replay.ReadHere(0, store.NextOffset))
        {
            if (byKind.TryGetValue(entry.Kind, out var reader))
            {
                events.Clear();
                reader.Read(entry, events);
                events.ForEach(one => Match(people, found, one));
            }

            entry.Release();
        }
    }

    private static void Match(ErasedPeople people, Dictionary<long, Found> found, in LogIdentifiers one)
    {
        foreach (var person in found.Values)
        {
            if (people.IsOf(person.Row.Number, one.Trace, isKnownPlace: person.Known.Contains(one.Offset)))
            {
                person.Offsets.Add(one.Offset);
                people.AddKeys(person.Row.Number, one.Trace, person.Keys);
            }
        }
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();

    private ReceiptDraft Draft(string name, long found, long removed, string method) => new(name, found, removed, method, NowMs);

    [LoggerMessage(EventId = 62, Level = LogLevel.Warning, Message = "{Erasures} erasures are not in this log: they are carried out before anything is served")]
    private partial void LogResuming(int erasures);

    [LoggerMessage(EventId = 63, Level = LogLevel.Information, Message = "The erasure {RequestId} is carried out: {Events} events left the log, derived state is rebuilt")]
    private partial void LogResumed(string requestId, int events);

    /// <summary>What of one person is in this log.</summary>
    private sealed class Found
    {
        public Found(TombstoneRow row, (long[] Offsets, byte[]? Work) notes)
        {
            Row = row;
            Known = [.. notes.Offsets];
            Keys = notes.Work is null ? [] : [.. ErasureWork.Read(notes.Work, []).IdentifierKeys];
        }

        public TombstoneRow Row { get; }

        public HashSet<long> Known { get; }

        public SortedSet<long> Offsets { get; } = [];

        public HashSet<UInt128> Keys { get; }
    }
}
