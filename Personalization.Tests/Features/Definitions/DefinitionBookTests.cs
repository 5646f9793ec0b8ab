using System.Text.Json;
using NUnit.Framework;
using Personalization.Features.Domain.Definitions;
using Personalization.Tests.Support;

namespace Personalization.Tests.Features.Definitions;

[Parallelizable(ParallelScope.All)]
internal sealed class DefinitionBookTests
{
    private const string Kind = "toy";

    [Test]
    public void Versions_count_up_and_one_of_them_is_live()
    {
        var book = new DefinitionBook();

        Put(book, "a", "1");
        Put(book, "a", "2");
        Do(book, "a", DefinitionAction.Activate, 1);
        Put(book, "b", "3");

        Assert.That(book.VersionsOf(Kind, "a").Select(each => (each.Version, each.Body.GetInt32())), Is.EqualTo(new[] { (1, 1), (2, 2) }));
        Assert.That(book.List(Kind), Is.EqualTo(new[] { ("a", 1), ("b", 0) }));
        Assert.That(book.VersionsOf("other", "a"), Is.Empty, "kinds have ids of their own");
    }

    [Test]
    public void A_version_that_somebody_else_has_put_first_is_refused()
    {
        var book = new DefinitionBook();
        Put(book, "a", "1");

        Assert.That(() => book.Resolve(Change("a", DefinitionAction.Put, 1, "2")), Throws.TypeOf<DefinitionRefusedException>());
        Assert.That(book.Resolve(Change("a", DefinitionAction.Put, 2, "2")).Version, Is.EqualTo(2));
    }

    [TestCase(DefinitionAction.Activate, "nobody", 1)]
    [TestCase(DefinitionAction.Activate, "a", 2)]
    [TestCase(DefinitionAction.Delete, "nobody", 0)]
    [TestCase(DefinitionAction.Delete, "gone", 0)]
    [TestCase((DefinitionAction)9, "a", 1)]
    public void What_is_not_there_can_be_neither_used_nor_deleted(DefinitionAction action, string id, int version)
    {
        var book = new DefinitionBook();
        Put(book, "a", "1");
        Put(book, "gone", "1");
        Do(book, "gone", DefinitionAction.Delete);

        Assert.That(() => book.Resolve(Change(id, action, version)), Throws.TypeOf<DefinitionRefusedException>());
    }

    [Test]
    public void What_was_deleted_stays_readable_and_may_come_back()
    {
        var book = new DefinitionBook();
        Put(book, "a", "1");
        Do(book, "a", DefinitionAction.Activate, 1);
        Do(book, "a", DefinitionAction.Delete);
        var deleted = book.List(Kind)[0];

        Do(book, "a", DefinitionAction.Activate, 1);
        Put(book, "a", "2");

        Assert.That(deleted, Is.EqualTo(("a", 0)));
        Assert.That(book.List(Kind), Is.EqualTo(new[] { ("a", 1) }));
        Assert.That(book.VersionsOf(Kind, "a").Select(each => each.Version), Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void The_newest_versions_are_kept_and_the_live_one()
    {
        var book = new DefinitionBook();
        Put(book, "a", "0");
        Do(book, "a", DefinitionAction.Activate, 1);
        for (var i = 1; i < DefinitionBook.MaxVersions + 20; i++)
        {
            Put(book, "a", $"{i}");
        }

        var versions = book.VersionsOf(Kind, "a").Select(each => each.Version).ToList();

        Assert.That(versions, Has.Count.EqualTo(DefinitionBook.MaxVersions));
        Assert.That(versions.Take(2), Is.EqualTo(new[] { 1, 22 }));
        Assert.That(versions[^1], Is.EqualTo(DefinitionBook.MaxVersions + 20));
    }

    [Test]
    public void When_there_are_too_many_deleted_ones_are_forgotten_and_then_new_ones_refused()
    {
        var book = new DefinitionBook(maxIds: 3);
        foreach (var id in new[] { "a", "b", "c" })
        {
            Put(book, id, "1");
        }

        var full = Assert.Throws<DefinitionRefusedException>(() => book.Resolve(Change("d", DefinitionAction.Put, 0, "1")));
        Do(book, "b", DefinitionAction.Delete);
        Put(book, "d", "1");

        Assert.That(full!.Message, Does.Contain("3"));
        Assert.That(book.List(Kind).Select(each => each.Id), Is.EqualTo(new[] { "a", "c", "d" }));
        Assert.That(book.VersionsOf(Kind, "b"), Is.Empty);
    }

    [Test]
    public void When_they_are_too_large_altogether_deleted_ones_are_forgotten_and_then_new_ones_refused()
    {
        var book = new DefinitionBook(maxTotal: 100);
        Put(book, "a", Text(60));
        var full = Assert.Throws<DefinitionRefusedException>(() => book.Resolve(Change("b", DefinitionAction.Put, 0, Text(60))));
        Do(book, "a", DefinitionAction.Delete);
        Put(book, "b", Text(60));

        Assert.That(full!.Message, Does.Contain("100"));
        Assert.That(book.List(Kind).Select(each => each.Id), Is.EqualTo(new[] { "b" }));
    }

    [Test]
    public void A_body_that_is_too_large_is_refused() =>
        Assert.That(
            () => new DefinitionBook().Resolve(Change("a", DefinitionAction.Put, 0, Text(DefinitionBook.MaxBodyBytes + 1))),
            Throws.TypeOf<DefinitionRefusedException>());

    [Test]
    public void Checkpoints_hold_what_the_book_holds_after_any_history()
    {
        var chance = new Random(20_30);
        var (book, rows) = (new DefinitionBook(maxIds: 6, maxTotal: 4_000), new CheckpointRows());
        for (var i = 0; i < 2_000; i++)
        {
            try
            {
                var id = $"toy-{chance.Next(9)}";
                Take(book, chance.Next(4) switch
                {
                    0 => Change(id, DefinitionAction.Delete, 0, offset: i),
                    1 => Change(id, DefinitionAction.Activate, chance.Next(1, 30), offset: i),
                    _ => Change(id, DefinitionAction.Put, 0, Text(chance.Next(2, 80)), i),
                });
            }
            catch (DefinitionRefusedException)
            {
                // As many as there are.
            }

            if (chance.Next(20) == 0)
            {
                rows.Take(book);
                var loaded = new DefinitionBook(maxIds: 6, maxTotal: 4_000);
                rows.GiveTo(loaded);
                if (chance.Next(3) == 0)
                {
                    book = loaded;
                }

                Assert.That(Read(loaded), Is.EqualTo(Read(book)), $"after change {i}");
            }
        }

        Assert.That(book.List(Kind), Is.Not.Empty);
    }

    [TestCase(new byte[] { 1 })]
    [TestCase(new byte[] { 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase(new byte[] { 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 127 })]
    public void Bytes_that_are_no_definition_are_refused(byte[] body) =>
        Assert.That(() => DefinitionCodec.Read(body), Throws.TypeOf<InvalidDataException>());

    [Test]
    public void A_change_is_read_back_as_it_was_written()
    {
        var change = new DefinitionChange("segment", "vip", DefinitionAction.Put, 7, JsonElement.Parse("""{"all": [ "ü" ]}"""), "ops", 1_790_000_000_000, 42);

        var read = DefinitionCodec.Read(DefinitionCodec.Write(change));

        Assert.That(read with { Body = default }, Is.EqualTo(change with { Body = default }));
        Assert.That(read.Body.GetRawText(), Is.EqualTo(change.Body.GetRawText()));
    }

    [TestCase("", false)]
    [TestCase("vip-2_b", true)]
    [TestCase("VIP", false)]
    [TestCase("a/b", false)]
    [TestCase("käufer", false)]
    public void An_id_stands_anywhere_as_it_is(string id, bool isValid) => Assert.That(DefinitionId.IsValid(id), Is.EqualTo(isValid));

    [Test]
    public void An_id_has_64_characters_at_most() =>
        Assert.That((DefinitionId.IsValid(new string('a', 64)), DefinitionId.IsValid(new string('a', 65))), Is.EqualTo((true, false)));

    private static string Read(DefinitionBook book) => string.Join('\n', book.List(Kind).Select(each =>
        $"{each} {string.Join(',', book.VersionsOf(Kind, each.Id).Select(version => $"{version.Version}:{version.Offset}:{version.Body.GetRawText()}"))}"));

    private static string Text(int bytes) => $"\"{new string('x', bytes - 2)}\"";

    private static void Put(DefinitionBook book, string id, string json) => Take(book, Change(id, DefinitionAction.Put, 0, json, offset: book.List(Kind).Count));

    private static void Do(DefinitionBook book, string id, DefinitionAction action, int version = 0) => Take(book, Change(id, action, version));

    private static void Take(DefinitionBook book, DefinitionChange change) => book.Apply(book.Resolve(change));

    private static DefinitionChange Change(string id, DefinitionAction action, int version, string? json = null, long offset = 0) =>
        new(Kind, id, action, version, json is null ? default : JsonElement.Parse(json), "ops", 0, offset);
}
