using System.Text.Json;
using Personalization.Tracking.Domain.Schemas.Compilation;
using Personalization.Tracking.Domain.Schemas.Streaming;

namespace Personalization.Tracking.Domain.Schemas;

/// <summary>
/// A JSON Schema of draft 2020-12, compiled. All of the standard's vocabularies; <c>format</c> and the content keywords are annotations
/// and assert nothing, as the standard has it. Immutable and thread-safe.
/// </summary>
internal sealed class JsonSchema
{
    private readonly SchemaNode _root;
    private readonly StreamNode? _stream;

    private JsonSchema(SchemaNode root)
    {
        _root = root;
        _stream = StreamCompiler.Compile(root);
    }

    /// <summary>Whether instances are validated in one pass over their bytes; else they become a tree.</summary>
    public bool IsStreamed => _stream is not null;

    /// <summary>Compiles a schema and all that it refers to.</summary>
    /// <param name="utf8">The schema's JSON. Copied.</param>
    /// <param name="fetch">Documents by address, for references; null for one that is not known. The standard's own need not be given.</param>
    /// <param name="limits">What it may cost.</param>
    public static SchemaCompilation Compile(
        ReadOnlyMemory<byte> utf8, Func<string, ReadOnlyMemory<byte>?>? fetch = null, SchemaLimits? limits = null)
    {
        limits ??= SchemaLimits.Default;
        var errors = new SchemaErrors();
        var library = new SchemaLibrary(limits, fetch ?? (static _ => null), errors);
        if (library.AddMain(utf8) is not { } main || library.IsTooLarge)
        {
            if (library.IsTooLarge)
            {
                errors.Add("", $"The schema has more than {limits.Subschemas} subschemas.");
            }

            return new SchemaCompilation(null, errors.All);
        }

        var compiler = new SchemaCompiler(library, errors, limits);
        var root = compiler.Compile(main);
        InPlaceCycles.Find(compiler.Nodes, errors);
        if (library.IsTooLarge)
        {
            errors.Add("", $"The schema and what it refers to have more than {limits.Subschemas} subschemas.");
        }

        return new SchemaCompilation(errors.IsEmpty ? new JsonSchema(root) : null, errors.All);
    }

    /// <summary>Whether an instance is valid. Allocates nothing when the schema is streamed.</summary>
    /// <param name="utf8">Well-formed JSON, nested at most <see cref="SchemaLimits.InstanceDepth"/> levels deep.</param>
    public bool IsValid(ReadOnlyMemory<byte> utf8)
    {
        if (_stream is null)
        {
            return IsValidTree(utf8);
        }

        var reader = new Utf8JsonReader(utf8.Span);
        reader.Read();
        return _stream.Read(ref reader);
    }

    /// <summary>The same without the quick way: for tests, which compare the two.</summary>
    internal bool IsValidTree(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        return _root.Evaluate(new Evaluation(null), document.RootElement, null);
    }

    /// <summary>All faults of an instance, at most <see cref="SchemaLimits.Faults"/>; none when it is valid.</summary>
    /// <param name="utf8">As for <see cref="IsValid"/>.</param>
    public IReadOnlyList<SchemaFault> Validate(ReadOnlyMemory<byte> utf8)
    {
        using var document = JsonDocument.Parse(utf8);
        var faults = new List<SchemaFault>();
        var run = new Evaluation(faults);
        var isValid = _root.Evaluate(run, document.RootElement, null);
        if (!isValid && (faults.Count == 0 || run.IsGivenUp))
        {
            faults.Insert(0, new SchemaFault("", _root.Pointer, "", "Cannot be judged: validating this takes more time than it may."));
        }

        return isValid ? [] : faults;
    }
}

/// <summary>What became of a text that should be a schema.</summary>
/// <param name="Schema">Null when there are errors.</param>
/// <param name="Errors">Why it cannot be used.</param>
internal sealed record SchemaCompilation(JsonSchema? Schema, IReadOnlyList<SchemaError> Errors);
