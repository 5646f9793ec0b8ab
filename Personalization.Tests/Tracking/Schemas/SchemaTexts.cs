using System.Text;
using NUnit.Framework;
using Personalization.Tracking.Domain.Schemas;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>Compiles and asks schemas that stand in a test as text.</summary>
internal static class SchemaTexts
{
    public static JsonSchema Compile(string schema, params (string Uri, string Schema)[] remotes)
    {
        var compiled = TryCompile(schema, null, remotes);
        Assert.That(compiled.Errors, Is.Empty);
        return compiled.Schema!;
    }

    public static SchemaCompilation TryCompile(string schema, SchemaLimits? limits = null, params (string Uri, string Schema)[] remotes) =>
        JsonSchema.Compile(
            Encoding.UTF8.GetBytes(schema),
            uri => Array.Find(remotes, remote => remote.Uri == uri) is { Schema: { } found } ? Encoding.UTF8.GetBytes(found) : default(ReadOnlyMemory<byte>?),
            limits);

    public static SchemaError ErrorOf(string schema, SchemaLimits? limits = null)
    {
        var compiled = TryCompile(schema, limits);
        Assert.That(compiled.Schema, Is.Null);
        Assert.That(compiled.Errors, Has.Count.EqualTo(1));
        return compiled.Errors[0];
    }

    /// <summary>The answer of both ways, which must be one.</summary>
    public static bool Admits(this JsonSchema schema, string instance)
    {
        var utf8 = Encoding.UTF8.GetBytes(instance);
        var isValid = schema.IsValid(utf8);
        Assert.That(schema.IsValidTree(utf8), Is.EqualTo(isValid), $"the tree's answer on {instance}");
        Assert.That(schema.Validate(utf8), isValid ? Is.Empty : Is.Not.Empty, $"the faults of {instance}");
        return isValid;
    }

    public static IReadOnlyList<SchemaFault> FaultsOf(string schema, string instance) => Compile(schema).Validate(Encoding.UTF8.GetBytes(instance));
}
