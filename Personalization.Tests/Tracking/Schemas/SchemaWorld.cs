using System.Diagnostics.Metrics;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;
using Personalization.Tracking;
using Personalization.Tracking.Contracts;
using Personalization.Tracking.Domain;
using Personalization.Tracking.Domain.Schemas.Registry;
using Personalization.Tracking.Pipeline;

namespace Personalization.Tests.Tracking.Schemas;

/// <summary>A registry with the starter set, and a parser that asks it.</summary>
internal sealed class SchemaWorld : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    public SchemaWorld(SchemaOptions? options = null)
    {
        Registry = new SchemaRegistry(new FakeSchemaStore(), options ?? new SchemaOptions(), TimeProvider.System);
        var check = new SchemaCheck(Registry, new SchemaMetrics(_services.GetRequiredService<IMeterFactory>()));
        Parsing = new Parsing { Parser = new SegmentParser(Parsing.Hasher, Parsing.Vocabulary, ParserLimits.Default, check) };
    }

    public SchemaRegistry Registry { get; }

    public Parsing Parsing { get; }

    public static SchemaSubject Subject(string name) => SchemaSubject.Parse(name)!;

    public Registration Register(string name, string schema, SchemaMode? mode = null)
    {
        var registration = Registry.Register(Subject(name), Encoding.UTF8.GetBytes(schema));
        if (mode is { } asked)
        {
            Assert.That(Registry.SetMode(Subject(name), asked), Is.Not.Null);
        }

        return registration;
    }

    public void Dispose() => _services.Dispose();
}
