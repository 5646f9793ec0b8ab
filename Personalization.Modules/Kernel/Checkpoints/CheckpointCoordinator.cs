using Microsoft.Extensions.Logging;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Sqlite;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Takes one cut through the state of all modules and persists it so that all of it counts or none: every file stages its
/// rows, the kernel seals the offset, every file folds. A crash in between is repaired by <see cref="Recover"/>.
/// </summary>
internal sealed partial class CheckpointCoordinator : IDisposable
{
    private readonly SealFile _seal;
    private readonly List<Module> _modules;
    private readonly ILogger<CheckpointCoordinator> _logger;
    private Task _persisting = Task.CompletedTask;
    private volatile bool _isPersisted;
    private volatile bool _isOnDisk = true;
    private long _foldedOffset;

    public CheckpointCoordinator(DataDirectory directory, IEnumerable<ICheckpointed> states, ILogger<CheckpointCoordinator> logger)
    {
        _logger = logger;
        _seal = new SealFile(directory.File("checkpoints"));
        _modules = states.GroupBy(state => state.FileName, StringComparer.Ordinal)
            .Select(group => new Module(new CheckpointFile(directory.File(group.Key)), [.. group]))
            .ToList();
    }

    /// <summary>Offset that the last sealed cut reflects.</summary>
    public long SealedOffset { get; private set; }

    /// <summary>Whether a cut is still on its way to disk; another one must wait.</summary>
    public bool IsPersisting => !_persisting.IsCompleted;

    /// <summary>
    /// Loads the last complete cut and returns the offset from which to replay. A cut that is ahead of the log belongs to
    /// another log: then everything starts over.
    /// </summary>
    public long Recover(long logNextOffset = long.MaxValue)
    {
        SealedOffset = _seal.Read();
        if (SealedOffset > logNextOffset || !_modules.TrueForAll(module => module.File.TryRecover(SealedOffset, module.Version)))
        {
            if (SealedOffset > 0)
            {
                LogStartingOver(SealedOffset);
            }

            _seal.Write(0);
            SealedOffset = 0;
            _modules.ForEach(module => module.File.Reset(module.Version));
        }

        _foldedOffset = SealedOffset;
        foreach (var module in _modules)
        {
            var reader = new Reader(module.File, SealedOffset);
            module.States.ForEach(state => state.Load(reader));
        }

        NotifyObservers();
        return SealedOffset;
    }

    /// <summary>Throws all derived state away, before <see cref="Recover"/>: it is rebuilt from the log.</summary>
    public void StartOver()
    {
        _seal.Write(0);
        _modules.ForEach(module => module.File.Reset(module.Version));
    }

    /// <summary>
    /// Collects the cut at <paramref name="offset"/> while the pipeline is at rest, and persists it in the background. Collecting may
    /// take a good part of a second, which a thread of the pool would keep from the requests.
    /// </summary>
    public async Task BeginAsync(long offset)
    {
        // What the cut before has persisted is told first: observers must not take this cut's rows for those.
        AfterPersisting();
        _isOnDisk = false;
        await BackgroundWork.RunAsync(() => _modules.ForEach(module => module.Collect()), "checkpoint cut", stepsBack: false);
        _persisting = BackgroundWork.RunAsync(() => PersistSafely(offset), "checkpoint");
    }

    /// <summary>True when the cut that was begun last is on disk; false when it failed, which was logged: the next one carries its rows.</summary>
    public async Task<bool> WaitAsync()
    {
        await _persisting;
        AfterPersisting();
        return _isOnDisk;
    }

    /// <summary>Called by the sequencer between entries: tells observers of a cut that has reached the disk.</summary>
    public void AfterPersisting()
    {
        if (_isPersisted)
        {
            _isPersisted = false;
            NotifyObservers();
        }
    }

    public void Dispose() => _modules.ForEach(module => module.File.Dispose());

    private void PersistSafely(long offset)
    {
        try
        {
            // A cut that was sealed and could not be folded goes first: staging would overwrite what the seal promises.
            FoldSealed();
            _modules.ForEach(module => module.File.Stage(offset, module.Rows));
            _seal.Write(offset);
            SealedOffset = offset;

            // Also when the offset is the one of the cut before: an erasure seals the same place with other rows.
            _foldedOffset = -1;
            FoldSealed();
            LogPersisted(offset, _modules.Sum(module => module.Rows.Length));
            _modules.ForEach(module => module.Forget());
            _isPersisted = true;
            _isOnDisk = true;
        }
        catch (Exception error) // A full disk must not end the pipeline: the rows stay in memory and go with the next cut.
        {
            LogFailed(error, offset);
        }
    }

    private void FoldSealed()
    {
        if (_foldedOffset != SealedOffset)
        {
            _modules.ForEach(module => module.File.FoldIfStaged(SealedOffset));
            _foldedOffset = SealedOffset;
        }
    }

    private void NotifyObservers()
    {
        foreach (var module in _modules)
        {
            foreach (var observer in module.States.OfType<ICheckpointObserver>())
            {
                observer.OnPersisted(module.File);
            }
        }
    }

    [LoggerMessage(EventId = 10, Level = LogLevel.Warning, Message = "The checkpoint at offset {Offset} is not complete: all derived state is rebuilt from the log")]
    private partial void LogStartingOver(long offset);

    [LoggerMessage(EventId = 11, Level = LogLevel.Debug, Message = "Checkpoint at offset {Offset}, {Bytes} bytes")]
    private partial void LogPersisted(long offset, int bytes);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "The checkpoint at offset {Offset} could not be written; the next one carries it")]
    private partial void LogFailed(Exception error, long offset);

    private sealed class Module(CheckpointFile file, List<ICheckpointed> states)
    {
        private CheckpointWriter _writer = new();

        public CheckpointFile File => file;

        public List<ICheckpointed> States => states;

        public int Version => states.Aggregate(17, (hash, state) => unchecked((hash * 31) + state.Version));

        /// <summary>What is not on disk yet: later rows replace earlier ones with the same key.</summary>
        public ReadOnlyMemory<byte> Rows => _writer.Rows;

        public void Collect() => states.ForEach(state => state.Collect(_writer));

        public void Forget() => _writer = new CheckpointWriter();
    }

    private sealed class Reader(CheckpointFile file, long nextOffset) : CheckpointReader
    {
        public override long NextOffset => nextOffset;

        public override void Visit(byte table, CheckpointRowVisitor visitor) => file.Visit(table, long.MinValue, long.MaxValue, visitor);
    }
}
