using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Log;
using Personalization.Kernel.Pipelines;
using Personalization.Kernel.Privacy;

namespace Personalization.Kernel.Sqlite.Backup;

/// <summary>
/// Copies all files as they are at one moment while events go on coming in. At that moment, for which the pipeline rests a few
/// milliseconds, each file is opened for reading: SQLite keeps showing that reader the file as it was, however long the copying takes.
/// </summary>
internal sealed partial class BackupWriter(
    DataDirectory data,
    BackupFolder folder,
    Sequencer sequencer,
    CheckpointCoordinator checkpoints,
    LogTail tail,
    MaintenanceGate gate,
    TimeProvider time,
    ILogger<BackupWriter> logger)
{
    private const string Unfinished = ".unfinished";

    /// <exception cref="IOException">The disk refused it; nothing that looks like a backup is left.</exception>
    public async Task<BackupManifest> WriteAsync(string? name, CancellationToken cancellationToken)
    {
        using var turn = await gate.EnterAsync(cancellationToken);
        var now = time.GetUtcNow();
        var target = folder.PathOf(name ?? $"backup-{now:yyyyMMdd'T'HHmmssfff'Z'}");
        var snapshots = new List<Snapshot>();
        try
        {
            BackupManifest? moment = null;
            await sequencer.AtRestAsync(
                async () =>
                {
                    await sequencer.CheckpointAtRestAsync();
                    snapshots.AddRange(BackupSet.Of(data.Path).Select(file => new Snapshot(Path.Combine(data.Path, file))));
                    moment = new BackupManifest(Path.GetFileName(target), now, checkpoints.SealedOffset, tail.CommittedOffset, []);
                },
                cancellationToken);

            var partial = target + Unfinished;
            Directory.CreateDirectory(partial);
            await BackgroundWork.RunAsync(() => CopyAll(snapshots, partial, moment!, cancellationToken), "backup");
            Directory.Move(partial, target);
        }
        catch (Exception error) when (error is SqliteException or UnauthorizedAccessException)
        {
            throw new IOException("The backup could not be written.", error);
        }
        finally
        {
            snapshots.ForEach(snapshot => snapshot.Dispose());
            if (Directory.Exists(target + Unfinished))
            {
                Directory.Delete(target + Unfinished, recursive: true);
            }
        }

        var manifest = BackupManifest.Read(target)!;
        LogWritten(manifest.Name, manifest.Files.Count, manifest.Files.Sum(file => file.Bytes));
        return manifest;
    }

    private static void CopyAll(List<Snapshot> snapshots, string partial, BackupManifest moment, CancellationToken cancellationToken)
    {
        var files = new List<BackupManifest.Entry>();
        foreach (var snapshot in snapshots)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var copy = Path.Combine(partial, snapshot.FileName);
            snapshot.CopyTo(copy);
            files.Add(new BackupManifest.Entry(snapshot.FileName, new FileInfo(copy).Length, BackupSet.HashOf(copy)));
        }

        (moment with { Files = files }).Write(partial);
    }

    [LoggerMessage(EventId = 65, Level = LogLevel.Information, Message = "Backup {Name} is written: {Files} files, {Bytes} bytes")]
    private partial void LogWritten(string name, int files, long bytes);

    /// <summary>A file as it was when this was made, until it is disposed of.</summary>
    private sealed class Snapshot : IDisposable
    {
        private readonly SqliteConnection _reader;
        private readonly SqliteTransaction _transaction;

        public Snapshot(string path)
        {
            FileName = Path.GetFileName(path);
            _reader = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
            _reader.Open();
            _transaction = _reader.BeginTransaction(deferred: true);

            // A deferred transaction has its moment with its first read.
            using var command = _reader.CreateCommand();
            command.Transaction = _transaction;
            command.CommandText = "SELECT count(*) FROM sqlite_master";
            command.ExecuteScalar();
        }

        public string FileName { get; }

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
