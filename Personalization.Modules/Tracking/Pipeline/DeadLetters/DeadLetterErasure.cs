using System.Text.Json;
using Personalization.Kernel.Privacy;
using Personalization.Tracking.Domain.DeadLetters;
using Personalization.Tracking.Storage.DeadLetters;

namespace Personalization.Tracking.Pipeline.DeadLetters;

/// <summary>
/// Removes the letters of a person: those of their events in the log, and every other in which one of their identifiers stands. A refused
/// request in which others stand too goes as a whole, because what it holds cannot be told apart.
/// </summary>
internal sealed class DeadLetterErasure(LetterQueue queue, DeadLetterReader reader) : IPersonalDataStore, IIdentifierSource
{
    public string Name => "tracking/dead-letters";

    public IEnumerable<UInt128> Identifiers() => reader.Subjects();

    /// <exception cref="IOException">The disk refused it. The erasure may be tried again.</exception>
    public async ValueTask<long> EraseAsync(ErasureSubject subject, CancellationToken cancellationToken)
    {
        var erased = 0L;
        var write = new LetterWrite(
            store => erased = store.Erase(subject.IdentifierKeys, subject.Offsets), afterCommit: static store => store.Truncate());
        return queue.AddAlways(write) && await write.Done
            ? erased
            : throw new IOException("The dead letters of the person could not be removed; the erasure may be tried again.");
    }

    public ValueTask<long> CountAsync(ErasureSubject subject, CancellationToken cancellationToken) =>
        new(reader.IdsOf(subject.IdentifierKeys, subject.Offsets).Count);

    public async ValueTask ExportAsync(ErasureSubject subject, Utf8JsonWriter json, CancellationToken cancellationToken)
    {
        json.WriteStartArray();
        foreach (var letter in reader.IdsOf(subject.IdentifierKeys, subject.Offsets).Select(reader.Find).OfType<DeadLetter>())
        {
            json.WriteStartObject();
            json.WriteNumber("receivedAtMs", letter.ReceivedAtMs);
            json.WriteString("reason", LetterNames.Of(letter.Reason));
            json.WriteString("fault", letter.Fault);
            if (letter.IsEvent)
            {
                // What was refused may be no text at all.
                json.WriteString("event", System.Text.Encoding.UTF8.GetString(letter.Body));
            }
            else
            {
                json.WriteString("note", "A whole request that was refused. Others may stand in it too, so that its content is not given out.");
            }

            json.WriteEndObject();
            await json.FlushAsync(cancellationToken);
        }

        json.WriteEndArray();
    }
}
