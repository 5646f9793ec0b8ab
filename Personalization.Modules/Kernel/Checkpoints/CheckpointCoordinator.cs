using System.Diagnostics;
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
    /// <summary>Time that a cut leaves to everything else for each piece of its own, while nobody waits for it. 3: a quarter of a core.</summary>
    private const int PausesAWork = 3;

    /// <summary>Beyond it a cut no longer steps aside: what it holds, and what a start repeats, must not grow for long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ManualResetEventSlim _isAwaited = new();
    private readonly SealFile _seal;
    private readonly List<Module> _modules;
    private readonly ILogger<CheckpointCoordinator> _logger;
    private Task _persisting = Task.CompletedTask;
    private volatile bool _isPersisted;
    private volatile bool _isOnDisk = true;
    private bool _isFolded = true;

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

        _isFolded = true;
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
        _isAwaited.Reset();
        await BackgroundWork.RunAsync(() => _modules.ForEach(module => module.Collect()), "checkpoint cut", stepsBack: false);
        _persisting = BackgroundWork.RunAsync(() => PersistSafely(offset), "checkpoint");
    }

    /// <summary>True when the cut that was begun last is on disk; false when it failed, which was logged: the next one carries its rows.</summary>
    public async Task<bool> WaitAsync()
    {
        _isAwaited.Set();
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

    public void Dispose()
    {
        _modules.ForEach(module => module.File.Dispose());
        _isAwaited.Dispose();
    }

    private void PersistSafely(long offset)
    {
        try
        {
            FoldSealed();
            var pause = StepAside();
            _modules.ForEach(module => module.File.Stage(offset, module.Rows, pause));
            _seal.Write(offset);
            SealedOffset = offset;
            _isFolded = false;
            _modules.ForEach(module => module.File.Fold(offset, module.Rows, pause));
            _isFolded = true;
            LogPersisted(offset, _modules.Sum(module => module.Rows.Sum(segment => (long)segment.Length)));
            _modules.ForEach(module => module.Forget());
            _isPersisted = true;
            _isOnDisk = true;
        }
        catch (Exception error) // A full disk must not end the pipeline: the rows stay in memory and go with the next cut.
        {
            LogFailed(error, offset);
        }
    }

    /// <summary>What is called between two pieces of a cut: waits as long as the last one asks for, unless somebody waits for the cut.</summary>
    private Action StepAside()
    {
        var began = Stopwatch.GetTimestamp();
        var piece = began;
        return () =>
        {
            if (Stopwatch.GetElapsedTime(began) < Patience)
            {
                _isAwaited.Wait(PausesAWork * Stopwatch.GetElapsedTime(piece));
            }

            piece = Stopwatch.GetTimestamp();
        };
    }

    /// <summary>
    /// A cut that was sealed and could not be folded goes before the next one: staging would overwrite what the seal promises. What memory
    /// holds has grown since, so its rows are taken from the disk.
    /// </summary>
    private void FoldSealed()
    {
        if (!_isFolded)
        {
            _isFolded = _modules.TrueForAll(module => module.File.TryFoldStaged(SealedOffset))
                ? true
                : throw new InvalidDataException($"The cut at offset {SealedOffset} is sealed and was not folded, and is no longer staged.");
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
    private partial void LogPersisted(long offset, long bytes);

    [LoggerMessage(EventId = 12, Level = LogLevel.Error, Message = "The checkpoint at offset {Offset} could not be written; the next one carries it")]
    private partial void LogFailed(Exception error, long offset);

    private sealed class Module(CheckpointFile file, List<ICheckpointed> states)
    {
        private readonly CheckpointWriter _writer = new();

        public CheckpointFile File => file;

        public List<ICheckpointed> States => states;

        public int Version => states.Aggregate(17, (hash, state) => unchecked((hash * 31) + state.Version));

        /// <summary>What is not on disk yet: later rows replace earlier ones with the same key.</summary>
        public IReadOnlyList<ReadOnlyMemory<byte>> Rows => _writer.Segments;

        public void Collect() => states.ForEach(state => state.Collect(_writer));

        public void Forget() => _writer.Clear();
    }

    private sealed class Reader(CheckpointFile file, long nextOffset) : CheckpointReader
    {
        public override long NextOffset => nextOffset;

        public override void Visit(byte table, CheckpointRowVisitor visitor) => file.Visit(table, long.MinValue, long.MaxValue, visitor);
    }
}
