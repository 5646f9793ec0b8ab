using Dapper;
using Microsoft.Data.Sqlite;
using Personalization.Kernel.Pipelines;

namespace Personalization.Kernel.Checkpoints;

/// <summary>
/// Copies the last sealed cut of an installation into another folder, also beside a host that goes on taking checkpoints: each file is read
/// as it was at one moment, and the moments are taken again until they agree.
/// </summary>
internal static class CutCopy
{
    public const string SealName = "checkpoints.db";
    private const int Tries = 50;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    private const string IsCheckpointSql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'checkpoint_row'";
    private const string StateSql = "SELECT value FROM checkpoint_state WHERE name = @name";

    /// <summary>Copies the cut and returns its offset, and the names of its files.</summary>
    /// <exception cref="FileNotFoundException">Nothing was ever sealed here.</exception>
    /// <exception cref="InvalidDataException">The files do not come to agree: the next start of the host will begin anew.</exception>
    public static async Task<(long Offset, IReadOnlyList<string> Files)> TakeAsync(
        string from, string into, TimeProvider time, CancellationToken cancellationToken)
    {
        AssertIn(from);
        for (var attempt = 1; attempt <= Tries; attempt++)
        {
            (long Offset, IReadOnlyList<string> Files)? taken = null;
            await BackgroundWork.RunAsync(() => taken = TryTake(from, into), "copy of a checkpoint");
            if (taken is { } cut)
            {
                return cut;
            }

            await Task.Delay(Between, time, cancellationToken);
        }

        throw new InvalidDataException("The files of the checkpoint do not agree upon an offset: one of them was changed by somebody else, or is of another moment.");
    }

    /// <exception cref="FileNotFoundException">Nothing was ever sealed here.</exception>
    public static void AssertIn(string directory)
    {
        var seal = Path.Combine(directory, SealName);
        if (!File.Exists(seal))
        {
            throw new FileNotFoundException($"There is no checkpoint in {directory}.", seal);
        }
    }

    private static (long Offset, IReadOnlyList<string> Files)? TryTake(string from, string into)
    {
        var moments = new List<Moment>();
        var staged = new Dictionary<string, IReadOnlyList<ReadOnlyMemory<byte>>>(StringComparer.Ordinal);
        try
        {
            var seal = new Moment(Path.Combine(from, SealName));
            moments.Add(seal);
            var offset = seal.State("sealed_offset") ?? 0;
            foreach (var path in Directory.EnumerateFiles(from, "*.db").Where(path => Path.GetFileName(path) != SealName).Order(StringComparer.Ordinal))
            {
                var moment = new Moment(path);
                moments.Add(moment);
                if (!moment.IsCheckpoint)
                {
                    moments.Remove(moment);
                    moment.Dispose();
                }
                else if (moment.State("folded_offset") != offset)
                {
                    // Read after the moment of its file: as long as this cut is staged, no other was begun.
                    if (CheckpointFile.StagedBeside(path).TryRead(offset) is not { } rows)
                    {
                        return null;
                    }

                    staged.Add(moment.FileName, rows);
                }
            }

            moments.ForEach(moment => moment.CopyTo(Path.Combine(into, moment.FileName)));
            foreach (var (name, rows) in staged)
            {
                using var file = new CheckpointFile(Path.Combine(into, name));
                file.Fold(offset, rows);
            }

            return (offset, moments.Select(moment => moment.FileName).Where(name => name != SealName).ToList());
        }
        finally
        {
            moments.ForEach(moment => moment.Dispose());
        }
    }

    /// <summary>A file as it was when this was made, until it is disposed of.</summary>
    private sealed class Moment : IDisposable
    {
        private readonly SqliteConnection _reader;
        private readonly SqliteTransaction _transaction;

        public Moment(string path)
        {
            FileName = Path.GetFileName(path);
            _reader = new SqliteConnection(
                new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = SqliteOpenMode.ReadOnly }.ToString());
            _reader.Open();
            _transaction = _reader.BeginTransaction(deferred: true);

            // A deferred transaction has its moment with its first read.
            IsCheckpoint = _reader.QuerySingle<long>(IsCheckpointSql, transaction: _transaction) > 0;
        }

        public string FileName { get; }

        public bool IsCheckpoint { get; }

        public long? State(string name) => _reader.QuerySingleOrDefault<long?>(StateSql, new { name }, _transaction);

        public void CopyTo(string path)
        {
            using var copy = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            copy.Open();
            _reader.BackupDatabase(copy);
        }

        public void Dispose()
        {
            _transaction.Dispose();
            _reader.Dispose();
        }
    }
}
