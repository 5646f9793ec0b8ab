using NUnit.Framework;
using Personalization.Kernel.Privacy;
using Personalization.Tests.Decisioning;
using Personalization.Tests.Support;

namespace Personalization.Tests.Kernel;

public class SuppressionListTests
{
    private static readonly UInt128 Ann = new(0x1111_2222_3333_4444, 0x5555_6666_7777_8888);
    private static readonly UInt128 Phone = new(0x9999_AAAA_BBBB_CCCC, 0xDDDD_EEEE_FFFF_0001);
    private static readonly UInt128 Bob = new(0x0123_4567_89AB_CDEF, 0x0F1E_2D3C_4B5A_6978);

    private readonly FakeClock _time = new();
    private TemporaryFolder _folder;

    [SetUp]
    public void CreateFolder() => _folder = new TemporaryFolder();

    [TearDown]
    public void DeleteFolder() => _folder.Dispose();

    [Test]
    public void Who_is_on_the_list_is_kept_out_and_who_is_not_is_not()
    {
        var list = Open();
        Assert.That(list.IsEmpty);

        list.Suppress("r-1", [Ann, Phone]);

        Assert.That(list.IsSuppressed(Event(user: Ann), out var request));
        Assert.That(request, Is.Zero);
        Assert.That(list.IsSuppressed(Event(anonymous: Phone), out _));
        Assert.That(list.IsSuppressed(Event(user: Bob), out _), Is.False);
        Assert.That(list.IsSuppressed(Event(user: Bob, anonymous: Phone), out _), Is.False, "it is Bob's event");
        Assert.That(list.IsSuppressed(Event(user: Bob, anonymous: Phone, agoMs: 1_000), out _), "it happened before the request and came after it");
        Assert.That(list.IsSuppressed(Event(user: Bob, previous: Ann), out _), "an alias would join the two");
        Assert.That(list.IsSuppressed(default, out _), Is.False);
    }

    [Test]
    public void The_list_is_the_same_after_a_restart_and_holds_no_identifier()
    {
        Open().Suppress("r-1", [Ann]);
        Open().Suppress("r-2", [Bob]);

        var list = Open();

        Assert.That((list.Contains(Ann), list.Contains(Bob), list.Contains(Phone)), Is.EqualTo((true, true, false)));
        var needles = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        DiskSearch.AddKey(needles, "Ann", Ann);
        DiskSearch.AddKey(needles, "Bob", Bob);
        Assert.That(DiskSearch.Find(_folder.Path, needles), Is.Empty);
    }

    [Test]
    public void What_two_requests_suppress_is_free_when_both_are_lifted()
    {
        var list = Open();
        list.Suppress("r-1", [Ann]);
        list.Suppress("r-2", [Ann, Phone]);

        Assert.That(list.Lift("r-2", "asked"));
        Assert.That((list.Contains(Ann), list.Contains(Phone)), Is.EqualTo((true, false)));
        Assert.That(list.Lift("r-2", "asked again"), Is.False);
        Assert.That(list.Lift("r-1", "asked"));
        Assert.That(list.Contains(Ann), Is.False);
        Assert.That(Open().IsEmpty);
    }

    [Test]
    public void A_full_list_refuses_and_stays_as_it_was()
    {
        var list = Open(maxIdentifiers: 2);
        list.Suppress("r-1", [Ann, Phone]);

        Assert.That(() => list.Suppress("r-2", [Bob]), Throws.InstanceOf<SuppressionListFullException>());

        Assert.That(list.Contains(Bob), Is.False);
        Assert.That(list.Find("r-2"), Is.Null);
        Assert.That(() => list.Suppress("r-1", [Ann]), Throws.Nothing, "nothing is added");
    }

    [TestCase("")]
    [TestCase("with space")]
    [TestCase("ünicode")]
    [TestCase("line\nbreak")]
    public void A_request_id_is_plain(string requestId) =>
        Assert.That(() => Open().Suppress(requestId, [Ann]), Throws.ArgumentException);

    [Test]
    public void A_list_whose_key_is_lost_is_refused_rather_than_read_as_empty()
    {
        Open().Suppress("r-1", [Ann]);
        File.Delete(_folder.File("privacy.key"));

        Assert.That(() => Open(), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("privacy.key"));
    }

    [Test]
    public void A_damaged_key_is_refused()
    {
        File.WriteAllBytes(_folder.File("privacy.key"), [1, 2, 3]);

        Assert.That(() => Open(), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("damaged"));
    }

    [Test]
    public void Asking_allocates_nothing()
    {
        var list = Open();
        list.Suppress("r-1", [Ann]);
        var (hit, miss) = (Event(user: Ann), Event(user: Bob, anonymous: Phone));
        Ask(list, hit, miss, 1_000);

        var before = GC.GetAllocatedBytesForCurrentThread();
        Ask(list, hit, miss, 10_000);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void A_chain_of_receipts_shows_where_it_was_changed()
    {
        using var key = new Opened(this);
        var number = key.File.Put("r-1", 1, []);
        key.File.Complete(number, "r-1", [new ReceiptDraft("a", 2, 2, "m", 5), new ReceiptDraft("b", 0, 0, "m", 6)], [], isAgain: false, 7);
        Assert.That(key.File.FirstBrokenLink(), Is.EqualTo(-1));

        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={_folder.File("privacy.db")};Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE privacy_receipt SET removed = 1 WHERE store = 'a'";
            command.ExecuteNonQuery();
        }

        Assert.That(key.File.FirstBrokenLink(), Is.EqualTo(1));
    }

    private static void Ask(SuppressionList list, in EventTrace hit, in EventTrace miss, int times)
    {
        for (var i = 0; i < times; i++)
        {
            list.IsSuppressed(hit, out _);
            list.IsSuppressed(miss, out _);
        }
    }

    private EventTrace Event(UInt128 user = default, UInt128 anonymous = default, UInt128 previous = default, long agoMs = 0)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        return new EventTrace(user, anonymous, previous, now, now - agoMs);
    }

    private SuppressionList Open(int maxIdentifiers = 100)
    {
        var key = new PrivacyKey(_folder.File("privacy.key"));
        return new SuppressionList(
            new PrivacyFile(_folder.File("privacy.db"), key),
            key,
            _time,
            Microsoft.Extensions.Options.Options.Create(new PrivacyOptions { MaxSuppressedIdentifiers = maxIdentifiers }));
    }

    private sealed class Opened(SuppressionListTests tests) : IDisposable
    {
        public PrivacyFile File { get; } = new(tests._folder.File("privacy.db"), new PrivacyKey(tests._folder.File("privacy.key")));

        public void Dispose()
        {
            // Each call has its own connection.
        }
    }
}
