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
        fileA.TryFoldStaged(8);

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
        Directory.CreateDirectory(_folder.File("a.cut"));
        await coordinator.BeginAsync(3);
        Assert.That(await coordinator.WaitAsync(), Is.False, "it says so");
        Directory.Delete(_folder.File("a.cut"));

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

    [Test]
    public async Task A_sealed_cut_that_the_disk_refuses_to_fold_is_folded_before_the_next()
    {
        var state = new Rows("a") { [1] = 1 };
        using var coordinator = Coordinator(state);
        coordinator.Recover();
        using (var blocker = new SqliteFile(_folder.File("a.db"), "Kernel/Checkpoints").Open())
        {
            SqliteFile.Execute(blocker, "CREATE TRIGGER refuse BEFORE INSERT ON checkpoint_row BEGIN SELECT RAISE(ABORT, 'disk full'); END");
            await coordinator.BeginAsync(3);
            Assert.That(await coordinator.WaitAsync(), Is.False, "it says so");
            SqliteFile.Execute(blocker, "DROP TRIGGER refuse");
        }

        state[2] = 2;
        await coordinator.BeginAsync(4);
        Assert.That(await coordinator.WaitAsync());

        var restarted = new Rows("a");
        Assert.That(Recover(restarted), Is.EqualTo(4));
        Assert.That(restarted.Values, Is.EqualTo(new Dictionary<long, int> { [1] = 1, [2] = 2 }));
    }

    [Test]
    public async Task A_cut_that_was_folded_half_is_folded_again_or_everything_starts_over([Values] bool isStaged)
    {
        await PersistAsync(5, new Rows("a") { [1] = 1, [2] = 1 });
        if (isStaged)
        {
            using var file = new CheckpointFile(_folder.File("a.db"));
            file.Stage(8, Encode(new Rows("a") { [1] = 2, [2] = 2 }));
        }

        new SealFile(_folder.File("checkpoints.db")).Write(8);
        using (var half = new SqliteFile(_folder.File("a.db"), "Kernel/Checkpoints").Open())
        {
            SqliteFile.Execute(half, "DELETE FROM checkpoint_state WHERE name = 'folded_offset'; UPDATE checkpoint_row SET value = x'02000000' WHERE key = 1");
        }

        var restarted = new Rows("a");
        Assert.That(Recover(restarted), Is.EqualTo(isStaged ? 8 : 0));
        Assert.That(restarted.Values, Is.EqualTo(isStaged ? new Dictionary<long, int> { [1] = 2, [2] = 2 } : []));
    }

    [TestCase(10, TestName = "A_staged_cut_of_which_a_byte_is_wrong_does_not_count(offset)")]
    [TestCase(-1, TestName = "A_staged_cut_of_which_a_byte_is_wrong_does_not_count(last row)")]
    [TestCase(49, TestName = "A_staged_cut_of_which_a_byte_is_wrong_does_not_count(length)")]
    public async Task A_staged_cut_of_which_a_byte_is_wrong_does_not_count(int at)
    {
        await PersistAsync(5, new Rows("a") { [1] = 1 });
        using (var file = new CheckpointFile(_folder.File("a.db")))
        {
            file.Stage(8, Encode(new Rows("a") { [1] = 2 }));
        }

        var bytes = File.ReadAllBytes(_folder.File("a.cut"));
        bytes[at < 0 ? bytes.Length + at : at] ^= 0x40;
        File.WriteAllBytes(_folder.File("a.cut"), bytes);
        new SealFile(_folder.File("checkpoints.db")).Write(8);

        var restarted = new Rows("a");
        Assert.That(Recover(restarted), Is.Zero, "all derived state is rebuilt from the log");
        Assert.That(restarted.Values, Is.Empty);
    }

    [Test]
    public async Task A_cut_larger_than_a_segment_and_a_transaction_comes_back_whole()
    {
        var state = new Rows("a");
        for (var i = 0; i < 100_000; i++)
        {
            state[i * 7_919L % 100_003] = i;
        }

        await PersistAsync(5, state);

        var restarted = new Rows("a");
        Assert.That(Recover(restarted), Is.EqualTo(5));
        Assert.That(restarted.Values.OrderBy(row => row.Key), Is.EqualTo(state.Values.OrderBy(row => row.Key)));
        Assert.That(_folder.File("a.cut"), Does.Not.Exist, "nothing is left of a cut that is folded");
    }

    [Test]
    public void What_was_collected_last_counts_and_an_empty_value_is_a_value()
    {
        var writer = new CheckpointWriter();
        writer.Put(1, 7, [1]);
        writer.Put(1, 8, [1]);
        writer.Put(1, 9, new byte[3 << 20]);
        writer.Delete(1, 8);
        writer.Put(1, 7, []);
        using var file = new CheckpointFile(_folder.File("a.db"));

        file.Fold(1, writer.Segments);

        var found = new List<(long Key, int Length)>();
        file.Visit(1, long.MinValue, long.MaxValue, (key, value) => found.Add((key, value.Length)));
        Assert.That(found, Is.EqualTo(new[] { (7L, 0), (9L, 3 << 20) }));
    }

    [Test]
    public void What_a_row_leaves_out_is_zero_also_in_memory_that_was_used_before()
    {
        var writer = new CheckpointWriter();
        for (var round = 0; round < 3; round++)
        {
            writer.Put(1, 1, Enumerable.Repeat((byte)0xFF, 4_096).ToArray());
            writer.Clear();
        }

        Assert.That(writer.Reserve(1, 1, 64).ToArray(), Is.All.Zero);
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Encode(Rows rows)
    {
        var writer = new CheckpointWriter();
        rows.Collect(writer);
        return writer.Segments;
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
