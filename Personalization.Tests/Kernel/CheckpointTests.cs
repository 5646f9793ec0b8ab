using System.Buffers.Binary;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Kernel.Checkpoints;
using Personalization.Kernel.Sqlite;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class CheckpointTests
{
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public async Task A_restart_takes_the_last_cut_and_its_offset()
    {
        var state = new Rows("a") { [1] = 10, [2] = 20 };
        await PersistAsync(7, state);
        state[2] = 21;
        state.Remove(1);
        await PersistAsync(9, state);

        var restarted = new Rows("a");
        var offset = Recover(restarted);

        Assert.That(offset, Is.EqualTo(9));
        Assert.That(restarted.Values, Is.EqualTo(new Dictionary<long, int> { [2] = 21 }));
    }

    [Test]
    public async Task A_cut_that_not_every_module_staged_does_not_count()
    {
        await PersistAsync(5, new Rows("a") { [1] = 1 }, new Rows("b") { [1] = 1 });
        new CheckpointFile(_folder.File("a.db")).Stage(8, Encode(new Rows("a") { [1] = 2 }));

        var (a, b) = (new Rows("a"), new Rows("b"));
        var offset = Recover(a, b);

        Assert.That(offset, Is.EqualTo(5));
        Assert.That((a.Values[1], b.Values[1]), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task A_cut_that_was_sealed_but_not_folded_is_folded_at_the_start()
    {
        await PersistAsync(5, new Rows("a") { [1] = 1 }, new Rows("b") { [1] = 1 });
        var (fileA, fileB) = (new CheckpointFile(_folder.File("a.db")), new CheckpointFile(_folder.File("b.db")));
        fileA.Stage(8, Encode(new Rows("a") { [1] = 2 }));
        fileB.Stage(8, Encode(new Rows("b") { [1] = 2 }));
        new SealFile(_folder.File("checkpoints.db")).Write(8);
        fileA.FoldIfStaged(8);

        var (a, b) = (new Rows("a"), new Rows("b"));
        var offset = Recover(a, b);

        Assert.That(offset, Is.EqualTo(8));
        Assert.That((a.Values[1], b.Values[1]), Is.EqualTo((2, 2)));
    }

    [Test]
    public async Task A_missing_file_means_that_everything_starts_over()
    {
        await PersistAsync(5, new Rows("a") { [1] = 1 }, new Rows("b") { [1] = 1 });
        File.Delete(_folder.File("b.db"));

        var (a, b) = (new Rows("a"), new Rows("b"));
        var offset = Recover(a, b);

        Assert.That(offset, Is.Zero);
        Assert.That(a.Values, Is.Empty);
    }

    [Test]
    public async Task Another_version_of_the_state_means_that_everything_starts_over()
    {
        await PersistAsync(5, new Rows("a") { [1] = 1 });

        var newer = new Rows("a") { Version = 2 };

        Assert.That(Recover(newer), Is.Zero);
        Assert.That(newer.Values, Is.Empty);
    }

    [Test]
    public async Task A_cut_that_could_not_be_written_goes_with_the_next_one()
    {
        var state = new Rows("a") { [1] = 1 };
        using var coordinator = Coordinator(state);
        coordinator.Recover();
        using (var blocker = new SqliteFile(_folder.File("a.db"), "Kernel/Checkpoints").Open())
        {
            SqliteFile.Execute(blocker, "CREATE TRIGGER refuse BEFORE INSERT ON checkpoint_staged BEGIN SELECT RAISE(ABORT, 'disk full'); END");
            await coordinator.BeginAsync(3);
            Assert.That(await coordinator.WaitAsync(), Is.False, "it says so");
            SqliteFile.Execute(blocker, "DROP TRIGGER refuse");
        }

        Assert.That(coordinator.SealedOffset, Is.Zero);
        state[2] = 2;
        await coordinator.BeginAsync(4);
        await coordinator.WaitAsync();

        var restarted = new Rows("a");
        Assert.That(Recover(restarted), Is.EqualTo(4));
        Assert.That(restarted.Values, Is.EqualTo(new Dictionary<long, int> { [1] = 1, [2] = 2 }));
    }

    [Test]
    public async Task A_second_cut_at_the_same_offset_counts_like_any_other()
    {
        var state = new Rows("a") { [1] = 1, [2] = 2 };
        using var coordinator = Coordinator(state);
        coordinator.Recover();
        await coordinator.BeginAsync(5);
        await coordinator.WaitAsync();
        state.Remove(1);
        await coordinator.BeginAsync(5);
        Assert.That(await coordinator.WaitAsync());
        await coordinator.BeginAsync(6);
        await coordinator.WaitAsync();

        var restarted = new Rows("a");

        Assert.That(Recover(restarted), Is.EqualTo(6));
        Assert.That(restarted.Values, Is.EqualTo(new Dictionary<long, int> { [2] = 2 }));
    }

    [Test]
    public async Task A_checkpoint_that_is_ahead_of_the_log_belongs_to_another_log()
    {
        await PersistAsync(9, new Rows("a") { [1] = 1 });

        var state = new Rows("a");
        using var coordinator = Coordinator(state);

        Assert.That(coordinator.Recover(logNextOffset: 4), Is.Zero);
        Assert.That(state.Values, Is.Empty);
    }

    [Test]
    public async Task The_pipeline_replays_only_what_its_checkpoint_does_not_reflect()
    {
        var state = new Rows("numbers");
        await using (var first = await KernelHost.StartAsync(_folder.Path, state))
        {
            await first.AppendAsync(1, 2, 3);
            await first.Status.WaitUntilAppliedAsync(CancellationToken.None);
            state[1] = 6;
        }

        var restored = new Rows("numbers");
        await using var second = await KernelHost.StartAsync(_folder.Path, restored);
        await second.AppendAsync(4);
        await second.Status.WaitUntilAppliedAsync(CancellationToken.None);

        Assert.That(restored.Values, Is.EqualTo(new Dictionary<long, int> { [1] = 6 }));
        Assert.That(second.Handler.Applied, Is.EqualTo(new[] { (3L, 4L) }), "offsets 0 to 2 are in the checkpoint");
    }

    private static ReadOnlyMemory<byte> Encode(Rows rows)
    {
        var writer = new CheckpointWriter();
        rows.Collect(writer);
        return writer.Rows;
    }

    private async Task PersistAsync(long offset, params Rows[] states)
    {
        using var coordinator = Coordinator(states);
        coordinator.Recover();
        await coordinator.BeginAsync(offset);
        await coordinator.WaitAsync();
    }

    private long Recover(params Rows[] states)
    {
        using var coordinator = Coordinator(states);
        return coordinator.Recover();
    }

    private CheckpointCoordinator Coordinator(params Rows[] states)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("DataDirectory", _folder.Path)]).Build();
        return new CheckpointCoordinator(new DataDirectory(configuration), states, NullLogger<CheckpointCoordinator>.Instance);
    }

    /// <summary>A state of numbers by number.</summary>
    private sealed class Rows(string file) : Dictionary<long, int>, ICheckpointed
    {
        private readonly HashSet<long> _known = [];

        public string FileName => file;

        public int Version { get; init; } = 1;

        public new Dictionary<long, int> Values => new(this);

        public void Load(CheckpointReader reader)
        {
            // A state keeps what it had before it was first checkpointed in these tests; a fresh one takes the rows.
            if (Count > 0)
            {
                return;
            }

            reader.Visit(1, (key, value) =>
            {
                this[key] = BinaryPrimitives.ReadInt32LittleEndian(value);
                _known.Add(key);
            });
        }

        public void Collect(CheckpointWriter writer)
        {
            foreach (var (key, value) in this)
            {
                BinaryPrimitives.WriteInt32LittleEndian(writer.Reserve(1, key, 4), value);
            }

            foreach (var gone in _known.Except(Keys))
            {
                writer.Delete(1, gone);
            }

            _known.Clear();
            _known.UnionWith(Keys);
        }
    }
}
