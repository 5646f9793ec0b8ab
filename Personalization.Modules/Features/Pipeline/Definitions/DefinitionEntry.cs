using System.Buffers;
using Personalization.Features.Domain.Definitions;
using Personalization.Kernel.Log;

namespace Personalization.Features.Pipeline.Definitions;

/// <summary>One change of a definition in the log, in the bytes of <see cref="DefinitionCodec"/>; without any it was erased.</summary>
internal sealed class DefinitionEntry : LogEntry
{
    public const byte EntryKind = 5;
    private readonly byte[] _body;

    public DefinitionEntry(DefinitionChange change)
        : this(change, DefinitionCodec.Write(change))
    {
    }

    private DefinitionEntry(DefinitionChange? change, byte[] body) => (Change, _body) = (change, body);

    /// <summary>Null when it was erased.</summary>
    public DefinitionChange? Change { get; }

    public override byte Kind => EntryKind;

    public override int Count => 1;

    public override int ByteCount => _body.Length;

    /// <exception cref="InvalidDataException">The body is not one of ours, or of a later version.</exception>
    public static DefinitionEntry Read(ReadOnlySpan<byte> body) => new(body.IsEmpty ? null : DefinitionCodec.Read(body), body.ToArray());

    public override void WriteTo(IBufferWriter<byte> output) => output.Write(_body);

    /// <summary>Such changes are rare; the collector takes them.</summary>
    protected override void OnReleased()
    {
    }
}
