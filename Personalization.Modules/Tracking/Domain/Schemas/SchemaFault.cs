namespace Personalization.Tracking.Domain.Schemas;

/// <summary>One way in which an instance breaks its schema.</summary>
/// <param name="InstancePointer">JSON pointer (RFC 6901) into the instance; empty for the instance as a whole.</param>
/// <param name="SchemaPointer">JSON pointer to the keyword, behind the address of its document when that is not the schema itself.</param>
/// <param name="Keyword">The keyword that said no.</param>
/// <param name="Message">In plain words, without values of the instance.</param>
internal sealed record SchemaFault(string InstancePointer, string SchemaPointer, string Keyword, string Message);

/// <summary>One reason why a text is no schema that can be used.</summary>
/// <param name="Pointer">JSON pointer to the place, behind the address of its document when that is not the schema itself.</param>
/// <param name="Message">In plain words.</param>
internal sealed record SchemaError(string Pointer, string Message);
