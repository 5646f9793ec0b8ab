using System.Buffers;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Personalization.Features.Domain;
using Personalization.Features.Pipeline;
using Personalization.Tests.Features.ChangeCapture;

namespace Personalization.Tests.Features;

public sealed class CatalogHandlerTests
{
    [Test]
    public async Task A_change_that_throws_is_left_out_and_counted_and_the_pipeline_goes_on()
    {
        var catalog = Items.Catalog();
        var handler = new CatalogHandler(catalog, new ItemTermHistory(), NullLogger<CatalogHandler>.Instance);

        // Attributes that are no JSON: nothing lets them in, but a damaged log could hold them.
        var broken = new CatalogChange(
            CatalogChangeKind.Merge, new() { Id = "b", Attributes = "{" }, PatchedFields.Attributes) { MergesAttributes = true };
        await handler.HandleAsync(new CatalogEntry([Items.Put("a"), Items.Put("b"), broken, Items.Put("c")]), CancellationToken.None);
        await handler.HandleAsync(new CatalogEntry([Items.Put("d")]), CancellationToken.None);

        Assert.That(handler.FailedChanges, Is.EqualTo(1));
        Assert.That(new[] { "a", "b", "c", "d" }.All(id => catalog[catalog.Find(id)] is not null));
    }

    [Test]
    public void Captured_changes_come_back_from_the_log_as_they_went_in_and_entries_without_any_stay_as_they_were()
    {
        var handler = new CatalogHandler(Items.Catalog(), new ItemTermHistory(), NullLogger<CatalogHandler>.Instance);
        var captured = new CaptureWorld(CaptureWorld.Products()).Take(CaptureWorld.Envelope("mysql-update"), CaptureWorld.Envelope("sqlserver-delete")).Changes;
        CatalogChange[] changes = [Items.Put("a"), .. captured, captured[0] with { MergesAttributes = true }, Items.Withdraw("b")];

        Assert.That(captured, Has.Count.EqualTo(2));
        Assert.That(((CatalogEntry)handler.Read(0, changes.Length, Bytes(changes))).Changes, Is.EqualTo(changes));
        Assert.That(Bytes([Items.Put("a")])[0], Is.EqualTo(1), "readable for older builds");

        var without = new ArrayBufferWriter<byte>();
        handler.WriteWithout(Bytes(changes), [1, 3], without);
        Assert.That(((CatalogEntry)handler.Read(0, changes.Length, without.WrittenSpan)).Changes, Is.EqualTo(new[]
        {
            changes[0], CatalogChange.Erased, changes[2], CatalogChange.Erased, changes[4],
        }));
    }

    [Test]
    public void An_entry_of_a_later_version_stops_the_pipeline_rather_than_being_passed_over()
    {
        var handler = new CatalogHandler(Items.Catalog(), new ItemTermHistory(), NullLogger<CatalogHandler>.Instance);

        Assert.That(() => handler.Read(0, 1, [3, 0, 0]), Throws.InstanceOf<InvalidDataException>());
    }

    private static byte[] Bytes(CatalogChange[] changes)
    {
        var body = new ArrayBufferWriter<byte>();
        new CatalogEntry(changes).WriteTo(body);
        return body.WrittenSpan.ToArray();
    }
}
