var B=globalThis,I=B.ShadowRoot&&(B.ShadyCSS===void 0||B.ShadyCSS.nativeShadow)&&"adoptedStyleSheets"in Document.prototype&&"replace"in CSSStyleSheet.prototype,et=Symbol(),gt=new WeakMap,O=class{constructor(t,e,s){if(this._$cssResult$=!0,s!==et)throw Error("CSSResult is not constructable. Use `unsafeCSS` or `css` instead.");this.cssText=t,this.t=e}get styleSheet(){let t=this.o,e=this.t;if(I&&t===void 0){let s=e!==void 0&&e.length===1;s&&(t=gt.get(e)),t===void 0&&((this.o=t=new CSSStyleSheet).replaceSync(this.cssText),s&&gt.set(e,t))}return t}toString(){return this.cssText}},mt=r=>new O(typeof r=="string"?r:r+"",void 0,et),_=(r,...t)=>{let e=r.length===1?r[0]:t.reduce((s,i,n)=>s+(o=>{if(o._$cssResult$===!0)return o.cssText;if(typeof o=="number")return o;throw Error("Value passed to 'css' function must be a 'css' function result: "+o+". Use 'unsafeCSS' to pass non-literal values, but take care to ensure page security.")})(i)+r[n+1],r[0]);return new O(e,r,et)},$t=(r,t)=>{if(I)r.adoptedStyleSheets=t.map(e=>e instanceof CSSStyleSheet?e:e.styleSheet);else for(let e of t){let s=document.createElement("style"),i=B.litNonce;i!==void 0&&s.setAttribute("nonce",i),s.textContent=e.cssText,r.appendChild(s)}},st=I?r=>r:r=>r instanceof CSSStyleSheet?(t=>{let e="";for(let s of t.cssRules)e+=s.cssText;return mt(e)})(r):r;var{is:Vt,defineProperty:qt,getOwnPropertyDescriptor:Wt,getOwnPropertyNames:Kt,getOwnPropertySymbols:Jt,getPrototypeOf:Yt}=Object,j=globalThis,vt=j.trustedTypes,Gt=vt?vt.emptyScript:"",Ft=j.reactiveElementPolyfillSupport,U=(r,t)=>r,it={toAttribute(r,t){switch(t){case Boolean:r=r?Gt:null;break;case Object:case Array:r=r==null?r:JSON.stringify(r)}return r},fromAttribute(r,t){let e=r;switch(t){case Boolean:e=r!==null;break;case Number:e=r===null?null:Number(r);break;case Object:case Array:try{e=JSON.parse(r)}catch{e=null}}return e}},_t=(r,t)=>!Vt(r,t),bt={attribute:!0,type:String,converter:it,reflect:!1,useDefault:!1,hasChanged:_t};Symbol.metadata??=Symbol("metadata"),j.litPropertyMetadata??=new WeakMap;var y=class extends HTMLElement{static addInitializer(t){this._$Ei(),(this.l??=[]).push(t)}static get observedAttributes(){return this.finalize(),this._$Eh&&[...this._$Eh.keys()]}static createProperty(t,e=bt){if(e.state&&(e.attribute=!1),this._$Ei(),this.prototype.hasOwnProperty(t)&&((e=Object.create(e)).wrapped=!0),this.elementProperties.set(t,e),!e.noAccessor){let s=Symbol(),i=this.getPropertyDescriptor(t,s,e);i!==void 0&&qt(this.prototype,t,i)}}static getPropertyDescriptor(t,e,s){let{get:i,set:n}=Wt(this.prototype,t)??{get(){return this[e]},set(o){this[e]=o}};return{get:i,set(o){let c=i?.call(this);n?.call(this,o),this.requestUpdate(t,c,s)},configurable:!0,enumerable:!0}}static getPropertyOptions(t){return this.elementProperties.get(t)??bt}static _$Ei(){if(this.hasOwnProperty(U("elementProperties")))return;let t=Yt(this);t.finalize(),t.l!==void 0&&(this.l=[...t.l]),this.elementProperties=new Map(t.elementProperties)}static finalize(){if(this.hasOwnProperty(U("finalized")))return;if(this.finalized=!0,this._$Ei(),this.hasOwnProperty(U("properties"))){let e=this.properties,s=[...Kt(e),...Jt(e)];for(let i of s)this.createProperty(i,e[i])}let t=this[Symbol.metadata];if(t!==null){let e=litPropertyMetadata.get(t);if(e!==void 0)for(let[s,i]of e)this.elementProperties.set(s,i)}this._$Eh=new Map;for(let[e,s]of this.elementProperties){let i=this._$Eu(e,s);i!==void 0&&this._$Eh.set(i,e)}this.elementStyles=this.finalizeStyles(this.styles)}static finalizeStyles(t){let e=[];if(Array.isArray(t)){let s=new Set(t.flat(1/0).reverse());for(let i of s)e.unshift(st(i))}else t!==void 0&&e.push(st(t));return e}static _$Eu(t,e){let s=e.attribute;return s===!1?void 0:typeof s=="string"?s:typeof t=="string"?t.toLowerCase():void 0}constructor(){super(),this._$Ep=void 0,this.isUpdatePending=!1,this.hasUpdated=!1,this._$Em=null,this._$Ev()}_$Ev(){this._$ES=new Promise(t=>this.enableUpdating=t),this._$AL=new Map,this._$E_(),this.requestUpdate(),this.constructor.l?.forEach(t=>t(this))}addController(t){(this._$EO??=new Set).add(t),this.renderRoot!==void 0&&this.isConnected&&t.hostConnected?.()}removeController(t){this._$EO?.delete(t)}_$E_(){let t=new Map,e=this.constructor.elementProperties;for(let s of e.keys())this.hasOwnProperty(s)&&(t.set(s,this[s]),delete this[s]);t.size>0&&(this._$Ep=t)}createRenderRoot(){let t=this.shadowRoot??this.attachShadow(this.constructor.shadowRootOptions);return $t(t,this.constructor.elementStyles),t}connectedCallback(){this.renderRoot??=this.createRenderRoot(),this.enableUpdating(!0),this._$EO?.forEach(t=>t.hostConnected?.())}enableUpdating(t){}disconnectedCallback(){this._$EO?.forEach(t=>t.hostDisconnected?.())}attributeChangedCallback(t,e,s){this._$AK(t,s)}_$ET(t,e){let s=this.constructor.elementProperties.get(t),i=this.constructor._$Eu(t,s);if(i!==void 0&&s.reflect===!0){let n=(s.converter?.toAttribute!==void 0?s.converter:it).toAttribute(e,s.type);this._$Em=t,n==null?this.removeAttribute(i):this.setAttribute(i,n),this._$Em=null}}_$AK(t,e){let s=this.constructor,i=s._$Eh.get(t);if(i!==void 0&&this._$Em!==i){let n=s.getPropertyOptions(i),o=typeof n.converter=="function"?{fromAttribute:n.converter}:n.converter?.fromAttribute!==void 0?n.converter:it;this._$Em=i;let c=o.fromAttribute(e,n.type);this[i]=c??this._$Ej?.get(i)??c,this._$Em=null}}requestUpdate(t,e,s,i=!1,n){if(t!==void 0){let o=this.constructor;if(i===!1&&(n=this[t]),s??=o.getPropertyOptions(t),!((s.hasChanged??_t)(n,e)||s.useDefault&&s.reflect&&n===this._$Ej?.get(t)&&!this.hasAttribute(o._$Eu(t,s))))return;this.C(t,e,s)}this.isUpdatePending===!1&&(this._$ES=this._$EP())}C(t,e,{useDefault:s,reflect:i,wrapped:n},o){s&&!(this._$Ej??=new Map).has(t)&&(this._$Ej.set(t,o??e??this[t]),n!==!0||o!==void 0)||(this._$AL.has(t)||(this.hasUpdated||s||(e=void 0),this._$AL.set(t,e)),i===!0&&this._$Em!==t&&(this._$Eq??=new Set).add(t))}async _$EP(){this.isUpdatePending=!0;try{await this._$ES}catch(e){Promise.reject(e)}let t=this.scheduleUpdate();return t!=null&&await t,!this.isUpdatePending}scheduleUpdate(){return this.performUpdate()}performUpdate(){if(!this.isUpdatePending)return;if(!this.hasUpdated){if(this.renderRoot??=this.createRenderRoot(),this._$Ep){for(let[i,n]of this._$Ep)this[i]=n;this._$Ep=void 0}let s=this.constructor.elementProperties;if(s.size>0)for(let[i,n]of s){let{wrapped:o}=n,c=this[i];o!==!0||this._$AL.has(i)||c===void 0||this.C(i,void 0,n,c)}}let t=!1,e=this._$AL;try{t=this.shouldUpdate(e),t?(this.willUpdate(e),this._$EO?.forEach(s=>s.hostUpdate?.()),this.update(e)):this._$EM()}catch(s){throw t=!1,this._$EM(),s}t&&this._$AE(e)}willUpdate(t){}_$AE(t){this._$EO?.forEach(e=>e.hostUpdated?.()),this.hasUpdated||(this.hasUpdated=!0,this.firstUpdated(t)),this.updated(t)}_$EM(){this._$AL=new Map,this.isUpdatePending=!1}get updateComplete(){return this.getUpdateComplete()}getUpdateComplete(){return this._$ES}shouldUpdate(t){return!0}update(t){this._$Eq&&=this._$Eq.forEach(e=>this._$ET(e,this[e])),this._$EM()}updated(t){}firstUpdated(t){}};y.elementStyles=[],y.shadowRootOptions={mode:"open"},y[U("elementProperties")]=new Map,y[U("finalized")]=new Map,Ft?.({ReactiveElement:y}),(j.reactiveElementVersions??=[]).push("2.1.2");var nt=globalThis,yt=r=>r,V=nt.trustedTypes,xt=V?V.createPolicy("lit-html",{createHTML:r=>r}):void 0,ot="$lit$",x=`lit$${Math.random().toFixed(9).slice(2)}$`,at="?"+x,Zt=`<${at}>`,k=document,H=()=>k.createComment(""),L=r=>r===null||typeof r!="object"&&typeof r!="function",lt=Array.isArray,Ct=r=>lt(r)||typeof r?.[Symbol.iterator]=="function",rt=`[ 	
\f\r]`,R=/<(?:(!--|\/[^a-zA-Z])|(\/?[a-zA-Z][^>\s]*)|(\/?$))/g,wt=/-->/g,At=/>/g,A=RegExp(`>|${rt}(?:([^\\s"'>=/]+)(${rt}*=${rt}*(?:[^ 	
\f\r"'\`<>=]|("|')|))|$)`,"g"),Et=/'/g,kt=/"/g,zt=/^(?:script|style|textarea|title)$/i,ht=r=>(t,...e)=>({_$litType$:r,strings:t,values:e}),d=ht(1),de=ht(2),pe=ht(3),v=Symbol.for("lit-noChange"),h=Symbol.for("lit-nothing"),St=new WeakMap,E=k.createTreeWalker(k,129);function Tt(r,t){if(!lt(r)||!r.hasOwnProperty("raw"))throw Error("invalid template strings array");return xt!==void 0?xt.createHTML(t):t}var Pt=(r,t)=>{let e=r.length-1,s=[],i,n=t===2?"<svg>":t===3?"<math>":"",o=R;for(let c=0;c<e;c++){let a=r[c],u,g,l=-1,f=0;for(;f<a.length&&(o.lastIndex=f,g=o.exec(a),g!==null);)f=o.lastIndex,o===R?g[1]==="!--"?o=wt:g[1]!==void 0?o=At:g[2]!==void 0?(zt.test(g[2])&&(i=RegExp("</"+g[2],"g")),o=A):g[3]!==void 0&&(o=A):o===A?g[0]===">"?(o=i??R,l=-1):g[1]===void 0?l=-2:(l=o.lastIndex-g[2].length,u=g[1],o=g[3]===void 0?A:g[3]==='"'?kt:Et):o===kt||o===Et?o=A:o===wt||o===At?o=R:(o=A,i=void 0);let p=o===A&&r[c+1].startsWith("/>")?" ":"";n+=o===R?a+Zt:l>=0?(s.push(u),a.slice(0,l)+ot+a.slice(l)+x+p):a+x+(l===-2?c:p)}return[Tt(r,n+(r[e]||"<?>")+(t===2?"</svg>":t===3?"</math>":"")),s]},N=class r{constructor({strings:t,_$litType$:e},s){let i;this.parts=[];let n=0,o=0,c=t.length-1,a=this.parts,[u,g]=Pt(t,e);if(this.el=r.createElement(u,s),E.currentNode=this.el.content,e===2||e===3){let l=this.el.content.firstChild;l.replaceWith(...l.childNodes)}for(;(i=E.nextNode())!==null&&a.length<c;){if(i.nodeType===1){if(i.hasAttributes())for(let l of i.getAttributeNames())if(l.endsWith(ot)){let f=g[o++],p=i.getAttribute(l).split(x),m=/([.?@])?(.*)/.exec(f);a.push({type:1,index:n,name:m[2],strings:p,ctor:m[1]==="."?W:m[1]==="?"?K:m[1]==="@"?J:C}),i.removeAttribute(l)}else l.startsWith(x)&&(a.push({type:6,index:n}),i.removeAttribute(l));if(zt.test(i.tagName)){let l=i.textContent.split(x),f=l.length-1;if(f>0){i.textContent=V?V.emptyScript:"";for(let p=0;p<f;p++)i.append(l[p],H()),E.nextNode(),a.push({type:2,index:++n});i.append(l[f],H())}}}else if(i.nodeType===8)if(i.data===at)a.push({type:2,index:n});else{let l=-1;for(;(l=i.data.indexOf(x,l+1))!==-1;)a.push({type:7,index:n}),l+=x.length-1}n++}}static createElement(t,e){let s=k.createElement("template");return s.innerHTML=t,s}};function S(r,t,e=r,s){if(t===v)return t;let i=s!==void 0?e._$Co?.[s]:e._$Cl,n=L(t)?void 0:t._$litDirective$;return i?.constructor!==n&&(i?._$AO?.(!1),n===void 0?i=void 0:(i=new n(r),i._$AT(r,e,s)),s!==void 0?(e._$Co??=[])[s]=i:e._$Cl=i),i!==void 0&&(t=S(r,i._$AS(r,t.values),i,s)),t}var q=class{constructor(t,e){this._$AV=[],this._$AN=void 0,this._$AD=t,this._$AM=e}get parentNode(){return this._$AM.parentNode}get _$AU(){return this._$AM._$AU}u(t){let{el:{content:e},parts:s}=this._$AD,i=(t?.creationScope??k).importNode(e,!0);E.currentNode=i;let n=E.nextNode(),o=0,c=0,a=s[0];for(;a!==void 0;){if(o===a.index){let u;a.type===2?u=new z(n,n.nextSibling,this,t):a.type===1?u=new a.ctor(n,a.name,a.strings,this,t):a.type===6&&(u=new Y(n,this,t)),this._$AV.push(u),a=s[++c]}o!==a?.index&&(n=E.nextNode(),o++)}return E.currentNode=k,i}p(t){let e=0;for(let s of this._$AV)s!==void 0&&(s.strings!==void 0?(s._$AI(t,s,e),e+=s.strings.length-2):s._$AI(t[e])),e++}},z=class r{get _$AU(){return this._$AM?._$AU??this._$Cv}constructor(t,e,s,i){this.type=2,this._$AH=h,this._$AN=void 0,this._$AA=t,this._$AB=e,this._$AM=s,this.options=i,this._$Cv=i?.isConnected??!0}get parentNode(){let t=this._$AA.parentNode,e=this._$AM;return e!==void 0&&t?.nodeType===11&&(t=e.parentNode),t}get startNode(){return this._$AA}get endNode(){return this._$AB}_$AI(t,e=this){t=S(this,t,e),L(t)?t===h||t==null||t===""?(this._$AH!==h&&this._$AR(),this._$AH=h):t!==this._$AH&&t!==v&&this._(t):t._$litType$!==void 0?this.$(t):t.nodeType!==void 0?this.T(t):Ct(t)?this.k(t):this._(t)}O(t){return this._$AA.parentNode.insertBefore(t,this._$AB)}T(t){this._$AH!==t&&(this._$AR(),this._$AH=this.O(t))}_(t){this._$AH!==h&&L(this._$AH)?this._$AA.nextSibling.data=t:this.T(k.createTextNode(t)),this._$AH=t}$(t){let{values:e,_$litType$:s}=t,i=typeof s=="number"?this._$AC(t):(s.el===void 0&&(s.el=N.createElement(Tt(s.h,s.h[0]),this.options)),s);if(this._$AH?._$AD===i)this._$AH.p(e);else{let n=new q(i,this),o=n.u(this.options);n.p(e),this.T(o),this._$AH=n}}_$AC(t){let e=St.get(t.strings);return e===void 0&&St.set(t.strings,e=new N(t)),e}k(t){lt(this._$AH)||(this._$AH=[],this._$AR());let e=this._$AH,s,i=0;for(let n of t)i===e.length?e.push(s=new r(this.O(H()),this.O(H()),this,this.options)):s=e[i],s._$AI(n),i++;i<e.length&&(this._$AR(s&&s._$AB.nextSibling,i),e.length=i)}_$AR(t=this._$AA.nextSibling,e){for(this._$AP?.(!1,!0,e);t!==this._$AB;){let s=yt(t).nextSibling;yt(t).remove(),t=s}}setConnected(t){this._$AM===void 0&&(this._$Cv=t,this._$AP?.(t))}},C=class{get tagName(){return this.element.tagName}get _$AU(){return this._$AM._$AU}constructor(t,e,s,i,n){this.type=1,this._$AH=h,this._$AN=void 0,this.element=t,this.name=e,this._$AM=i,this.options=n,s.length>2||s[0]!==""||s[1]!==""?(this._$AH=Array(s.length-1).fill(new String),this.strings=s):this._$AH=h}_$AI(t,e=this,s,i){let n=this.strings,o=!1;if(n===void 0)t=S(this,t,e,0),o=!L(t)||t!==this._$AH&&t!==v,o&&(this._$AH=t);else{let c=t,a,u;for(t=n[0],a=0;a<n.length-1;a++)u=S(this,c[s+a],e,a),u===v&&(u=this._$AH[a]),o||=!L(u)||u!==this._$AH[a],u===h?t=h:t!==h&&(t+=(u??"")+n[a+1]),this._$AH[a]=u}o&&!i&&this.j(t)}j(t){t===h?this.element.removeAttribute(this.name):this.element.setAttribute(this.name,t??"")}},W=class extends C{constructor(){super(...arguments),this.type=3}j(t){this.element[this.name]=t===h?void 0:t}},K=class extends C{constructor(){super(...arguments),this.type=4}j(t){this.element.toggleAttribute(this.name,!!t&&t!==h)}},J=class extends C{constructor(t,e,s,i,n){super(t,e,s,i,n),this.type=5}_$AI(t,e=this){if((t=S(this,t,e,0)??h)===v)return;let s=this._$AH,i=t===h&&s!==h||t.capture!==s.capture||t.once!==s.once||t.passive!==s.passive,n=t!==h&&(s===h||i);i&&this.element.removeEventListener(this.name,this,s),n&&this.element.addEventListener(this.name,this,t),this._$AH=t}handleEvent(t){typeof this._$AH=="function"?this._$AH.call(this.options?.host??this.element,t):this._$AH.handleEvent(t)}},Y=class{constructor(t,e,s){this.element=t,this.type=6,this._$AN=void 0,this._$AM=e,this.options=s}get _$AU(){return this._$AM._$AU}_$AI(t){S(this,t)}},Mt={M:ot,P:x,A:at,C:1,L:Pt,R:q,D:Ct,V:S,I:z,H:C,N:K,U:J,B:W,F:Y},Qt=nt.litHtmlPolyfillSupport;Qt?.(N,z),(nt.litHtmlVersions??=[]).push("3.3.3");var Ot=(r,t,e)=>{let s=e?.renderBefore??t,i=s._$litPart$;if(i===void 0){let n=e?.renderBefore??null;s._$litPart$=i=new z(t.insertBefore(H(),n),n,void 0,e??{})}return i._$AI(r),i};var ct=globalThis,$=class extends y{constructor(){super(...arguments),this.renderOptions={host:this},this._$Do=void 0}createRenderRoot(){let t=super.createRenderRoot();return this.renderOptions.renderBefore??=t.firstChild,t}update(t){let e=this.render();this.hasUpdated||(this.renderOptions.isConnected=this.isConnected),super.update(t),this._$Do=Ot(e,this.renderRoot,this.renderOptions)}connectedCallback(){super.connectedCallback(),this._$Do?.setConnected(!0)}disconnectedCallback(){super.disconnectedCallback(),this._$Do?.setConnected(!1)}render(){return v}};$._$litElement$=!0,$.finalized=!0,ct.litElementHydrateSupport?.({LitElement:$});var Xt=ct.litElementPolyfillSupport;Xt?.({LitElement:$});(ct.litElementVersions??=[]).push("4.2.2");var G={ATTRIBUTE:1,CHILD:2,PROPERTY:3,BOOLEAN_ATTRIBUTE:4,EVENT:5,ELEMENT:6},F=r=>(...t)=>({_$litDirective$:r,values:t}),T=class{constructor(t){}get _$AU(){return this._$AM._$AU}_$AT(t,e,s){this._$Ct=t,this._$AM=e,this._$Ci=s}_$AS(t,e){return this.update(t,e)}update(t,e){return this.render(...e)}};var{I:te}=Mt,Ut=r=>r;var Rt=()=>document.createComment(""),P=(r,t,e)=>{let s=r._$AA.parentNode,i=t===void 0?r._$AB:t._$AA;if(e===void 0){let n=s.insertBefore(Rt(),i),o=s.insertBefore(Rt(),i);e=new te(n,o,r,r.options)}else{let n=e._$AB.nextSibling,o=e._$AM,c=o!==r;if(c){let a;e._$AQ?.(r),e._$AM=r,e._$AP!==void 0&&(a=r._$AU)!==o._$AU&&e._$AP(a)}if(n!==i||c){let a=e._$AA;for(;a!==n;){let u=Ut(a).nextSibling;Ut(s).insertBefore(a,i),a=u}}}return e},w=(r,t,e=r)=>(r._$AI(t,e),r),ee={},Ht=(r,t=ee)=>r._$AH=t,Lt=r=>r._$AH,Z=r=>{r._$AR(),r._$AA.remove()};var Nt=(r,t,e)=>{let s=new Map;for(let i=t;i<=e;i++)s.set(r[i],i);return s},Dt=F(class extends T{constructor(r){if(super(r),r.type!==G.CHILD)throw Error("repeat() can only be used in text expressions")}dt(r,t,e){let s;e===void 0?e=t:t!==void 0&&(s=t);let i=[],n=[],o=0;for(let c of r)i[o]=s?s(c,o):o,n[o]=e(c,o),o++;return{values:n,keys:i}}render(r,t,e){return this.dt(r,t,e).values}update(r,[t,e,s]){let i=Lt(r),{values:n,keys:o}=this.dt(t,e,s);if(!Array.isArray(i))return this.ut=o,n;let c=this.ut??=[],a=[],u,g,l=0,f=i.length-1,p=0,m=n.length-1;for(;l<=f&&p<=m;)if(i[l]===null)l++;else if(i[f]===null)f--;else if(c[l]===o[p])a[p]=w(i[l],n[p]),l++,p++;else if(c[f]===o[m])a[m]=w(i[f],n[m]),f--,m--;else if(c[l]===o[m])a[m]=w(i[l],n[m]),P(r,a[m+1],i[l]),l++,m--;else if(c[f]===o[p])a[p]=w(i[f],n[p]),P(r,i[l],i[f]),f--,p++;else if(u===void 0&&(u=Nt(o,p,m),g=Nt(c,l,f)),u.has(c[l]))if(u.has(c[f])){let b=g.get(o[p]),tt=b!==void 0?i[b]:null;if(tt===null){let ft=P(r,i[l]);w(ft,n[p]),a[p]=ft}else a[p]=w(tt,n[p]),P(r,i[l],tt),i[b]=null;p++}else Z(i[f]),f--;else Z(i[l]),l++;for(;p<=m;){let b=P(r,a[m+1]);w(b,n[p]),a[p++]=b}for(;l<=f;){let b=i[l++];b!==null&&Z(b)}return this.ut=o,Ht(r,a),v}});var Bt="faqdesk",Q=class extends EventTarget{#t;#e=0;#s=null;#n=null;#o=500;#r=null;#p=!1;#u=!1;constructor(t,e){super(),this.base=t,this.language=e,this.messages=new Map,this.owners=[],this.state={owner:null,agent:null,place:null,typing:!1,online:!0,conversation:null};let s=se();this.#t=s.token??null,this.pending=(s.pending??[]).map(i=>({...i,status:"waiting"}))}start(){addEventListener("online",()=>this.#h()),document.addEventListener("visibilitychange",()=>document.hidden||this.refresh()),setInterval(()=>this.#t&&!document.hidden&&this.#$()&&this.refresh(),2e4),this.#t&&(this.refresh(),this.#h(),this.#i())}send(t,e=null){this.pending.push({client_id:crypto.randomUUID(),text:t,button:e,status:"waiting"}),this.#d(),this.#i()}retry(t){let e=this.pending.find(s=>s.client_id===t);e&&(e.status="waiting"),this.#d(),this.#i()}async refresh(){return this.#r?(this.#p=!0,this.#r):(this.#r=this.#a().finally(()=>{this.#r=null,this.#p&&(this.#p=!1,this.refresh())}),this.#r)}async read(){this.#e&&this.#t&&await this.#c("POST","/read",{seq:this.#e}).catch(()=>{})}async#a(){try{let t=await this.#c("GET",`/events?after=${this.#e}`);if(t.conversation!==this.state.conversation&&this.state.conversation)return this.#e=0,this.state.conversation=t.conversation,this.#a();for(let e of t.events)this.#g(e);this.#e=Math.max(this.#e,t.last),Object.assign(this.state,{conversation:t.conversation,owner:t.owner,place:t.place,typing:!!t.typing}),this.#v(!0),this.#d(),t.typing&&setTimeout(()=>this.refresh(),1500)}catch(t){t.status===401?this.#b():this.#v(!1)}}#g(t){t.kind==="message"?(this.messages.set(t.id,t),t.client_id&&(this.pending=this.pending.filter(e=>e.client_id!==t.client_id))):t.kind==="owner"&&(this.state.agent=t.owner==="agent"?t.agent_name:null)}async#i(){if(!this.#u){this.#u=!0;try{let t;for(;t=this.#f();){this.#t||await this.#l();let e=t.button?{button:t.button}:{text:t.text};await this.#c("POST","/messages",{client_id:t.client_id,language:this.language,...e}),t.status="stored",await this.refresh()}}catch(t){this.#m(t)}finally{this.#u=!1,this.#d()}}}#f(){return this.pending.find(t=>t.status==="waiting")}#m(t){let e=this.#f();t.status===401?(this.#b(),setTimeout(()=>this.#i(),100)):t.status&&t.status<500?(e&&(e.status="refused"),this.dispatchEvent(new CustomEvent("refused",{detail:{status:t.status,body:t.body}}))):(this.#v(!1),setTimeout(()=>this.#i(),2e3))}async#l(){this.#t=(await this.#c("POST","/visitors")).token,this.#h()}#h(){if(!this.#t||this.#s)return;let t=new URL(`${this.base}/socket`,location.href);t.protocol=t.protocol.replace("http","ws");let e=new WebSocket(t);this.#s=e,e.onopen=()=>{this.#o=500,e.send(JSON.stringify({token:this.#t})),this.#n=setInterval(()=>e.send("{}"),25e3),this.refresh(),this.#i()},e.onmessage=()=>this.refresh(),e.onclose=()=>{clearInterval(this.#n),this.#s=null,setTimeout(()=>this.#h(),this.#o*(.5+Math.random())),this.#o=Math.min(this.#o*2,15e3)}}#$(){return!this.#s||this.#s.readyState!==WebSocket.OPEN||this.state.owner==="queue"}async#c(t,e,s){let i={authorization:`Bearer ${this.#t}`};s&&(i["content-type"]="application/json");let n=await fetch(this.base+e,{method:t,headers:i,body:s&&JSON.stringify(s)}),o=n.status===204?null:await n.json().catch(()=>null);if(!n.ok)throw Object.assign(new Error(n.statusText),{status:n.status,body:o});return o}#v(t){this.state.online!==t&&(this.state.online=t,this.#d())}#b(){this.#t=null,this.#s?.close(),this.#d()}#d(){ie({token:this.#t,pending:this.pending.filter(t=>t.status!=="stored")}),this.dispatchEvent(new Event("change"))}};function se(){try{return JSON.parse(localStorage.getItem(Bt))??{}}catch{return{}}}function ie(r){try{localStorage.setItem(Bt,JSON.stringify(r))}catch{}}var D=class extends T{constructor(t){if(super(t),this.it=h,t.type!==G.CHILD)throw Error(this.constructor.directiveName+"() can only be used in child bindings")}render(t){if(t===h||t==null)return this._t=void 0,this.it=t;if(t===v)return t;if(typeof t!="string")throw Error(this.constructor.directiveName+"() called with a non-string value");if(t===this.it)return this._t;this.it=t;let e=[t];return e.raw=e,this._t={_$litType$:this.constructor.resultType,strings:e,values:[]}}};D.directiveName="unsafeHTML",D.resultType=1;var It=F(D);var M=_`
  * { box-sizing: border-box; }
  a { color: var(--accent); text-underline-offset: 3px; }
  p { margin: 0; }
  .hidden-text { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  .choice {
    display: inline-flex; align-items: center; min-block-size: 40px; padding: 6px 14px; font: inherit; font-size: var(--size-2);
    text-align: start; text-decoration: none; color: var(--accent); background: var(--surface-1); cursor: pointer;
    border: 1px solid var(--accent); border-radius: 20px; transition: background 120ms ease-out;
  }
  .choice:hover { background: var(--accent-soft); }
  .choice:disabled { color: var(--text-2); border-color: var(--line); background: transparent; cursor: default; }
  .choice.chosen:disabled { color: var(--text-1); border-color: var(--accent); background: var(--accent-soft); }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
  @media (prefers-reduced-motion: reduce) { * { transition: none !important; animation: none !important; } }
`;var dt=class extends ${static properties={order:{attribute:!1},words:{attribute:!1}};static styles=[M,_`
      h3 { margin: 0; font-size: var(--size-3); }
      .headline { margin: var(--space-1) 0 var(--space-3); }
      ol { list-style: none; margin: 0 0 var(--space-3); padding: 0; display: grid; grid-template-columns: repeat(4, 1fr); gap: var(--space-1); }
      ol li { font-size: var(--size-1); color: var(--text-3); border-block-start: 3px solid var(--line); padding-block-start: 6px; overflow-wrap: normal; }
      ol li.done { color: var(--text-1); border-color: var(--accent); }
      ul { list-style: none; margin: 0 0 var(--space-2); padding: 0; font-size: var(--size-2); color: var(--text-2); font-variant-numeric: tabular-nums; }
    `];render(){let{number:t,headline:e,steps:s,done:i,lines:n,tracking_url:o,tracking_label:c}=this.order;return d`
      <h3>${t}</h3>
      <p class="headline">${e}</p>
      ${i?d`<ol>
            ${s.map((a,u)=>{let g=u<i,l=(g?this.words.step_done:this.words.step_open).replace("{step}",a);return d`<li class=${g?"done":""} aria-label=${l}>${a}</li>`})}
          </ol>`:h}
      <ul>${n.map(a=>d`<li>${a}</li>`)}</ul>
      ${o?d`<a class="choice" href=${o} target="_blank" rel="noopener noreferrer">${c}</a>`:h}
    `}};customElements.define("chat-order",dt);var re=/(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]])/,pt=class extends ${static properties={message:{attribute:!1},words:{attribute:!1},open:{type:Boolean},chosen:{},status:{}};static styles=[M,_`
      :host { display: block; }
      .row { display: flex; gap: var(--space-2); align-items: flex-end; }
      .own { justify-content: flex-end; }
      .mark {
        flex: none; inline-size: 28px; block-size: 28px; border-radius: 50%; display: grid; place-items: center;
        background: var(--surface-3); color: var(--text-2); font-size: 12px; font-weight: 600;
      }
      .person .mark { background: var(--accent); color: var(--accent-text); }
      .bubble {
        max-inline-size: min(34rem, 86%); padding: 10px 14px; border-radius: var(--radius-3);
        background: var(--surface-2); overflow-wrap: anywhere;
      }
      .own .bubble { background: var(--accent-soft); border-end-end-radius: 4px; }
      .other .bubble { border-end-start-radius: 4px; }
      .person .bubble { background: var(--surface-1); border: 1px solid var(--line); }
      .card { background: var(--surface-1); border: 1px solid var(--line); inline-size: 34rem; }
      .words { white-space: pre-wrap; }
      .card h3 { margin: 0 0 var(--space-2); font-size: var(--size-3); line-height: 1.3; }
      .body > * { margin: 0 0 var(--space-2); }
      .body ul, .body ol { padding-inline-start: 1.3em; }
      .body li { margin-block: 2px; }
      .page { display: inline-block; font-size: var(--size-2); }
      .ask { margin-block-start: var(--space-3); padding-block-start: var(--space-3); border-block-start: 1px solid var(--line); font-size: var(--size-2); color: var(--text-2); }
      .buttons { display: flex; flex-wrap: wrap; gap: var(--space-2); margin-block-start: var(--space-2); }
      .notice { text-align: center; font-size: var(--size-1); color: var(--text-2); padding-inline: var(--space-6); text-wrap: balance; }
      .name { font-size: var(--size-1); color: var(--text-3); margin: 0 0 2px 36px; }
      .status { font-size: var(--size-1); color: var(--text-3); text-align: end; margin-block-start: 2px; }
      .status button { all: unset; cursor: pointer; color: var(--bad); text-decoration: underline; padding: 4px; }
      .status button:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
      time { position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); }
    `];render(){let{author:t,content:e,at:s}=this.message;if(e.type==="notice")return d`<p class="notice">${e.text}</p>${this.#e(e)}`;let i=t==="shopper",n=t==="agent",o=i?this.words.you:n?this.message.agent_name??this.words.person:this.words.bot;return d`
      ${n?d`<p class="name" aria-hidden="true">${o}</p>`:h}
      <div class="row ${i?"own":"other"} ${n?"person":""}">
        ${i?h:d`<span class="mark" aria-hidden="true">${n?ne(o):this.#n()}</span>`}
        <div class="bubble ${e.type==="article"||e.type==="order"?"card":""}">
          <span class="hidden-text">${o}: </span>${this.#t(e)}
        </div>
        ${s?d`<time datetime=${s}>${new Date(s).toLocaleString(this.lang||void 0)}</time>`:h}
      </div>
      ${this.#s()}
    `}#t(t){switch(t.type){case"article":return d`<h3>${t.article.title}</h3>
          <div class="body">${It(t.article.html)}</div>
          ${t.article.link?d`<a class="page" href=${t.article.link} target="_blank" rel="noopener">${this.words.read_article}</a>`:h}
          <div class="ask">${t.question}${this.#e(t)}</div>`;case"order":return d`<chat-order .order=${t.order} .words=${this.words}></chat-order>`;default:return d`<span class="words">${oe(t.text)}</span>${this.#e(t)}`}}#e(t){return t.buttons?.length?d`<div class="buttons" role="group">
      ${t.buttons.map(({id:e,title:s})=>d`<button
          class="choice ${s===this.chosen?"chosen":""}"
          ?disabled=${!this.open}
          @click=${()=>this.dispatchEvent(new CustomEvent("press",{detail:{id:e,title:s},bubbles:!0,composed:!0}))}
        >${s}</button>`)}
    </div>`:h}#s(){return this.status==="waiting"?d`<p class="status">${this.words.sending}</p>`:this.status==="refused"?d`<p class="status"><button @click=${()=>this.dispatchEvent(new Event("retry"))}>${this.words.not_sent}</button></p>`:h}#n(){return d`<svg viewBox="0 0 24 24" width="16" height="16" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d="M12 8V4H8" /><rect width="16" height="12" x="4" y="8" rx="2" /><path d="M2 14h2M20 14h2M15 13v2M9 13v2" /></svg>`}};function ne(r){let t=r.trim().split(/\s+/).filter(Boolean);return t.slice(0,1).concat(t.length>1?t.slice(-1):[]).map(e=>[...e][0].toUpperCase()).join("")}function oe(r){return r.split(re).map((t,e)=>e%2?d`<a href=${t} target="_blank" rel="noopener noreferrer">${t}</a>`:t)}customElements.define("chat-message",pt);var jt=5e3,ut=class extends ${static properties={mode:{reflect:!0},base:{},opened:{type:Boolean,reflect:!0},words:{state:!0},shop:{state:!0},notice:{state:!0},unread:{state:!0}};static styles=[M,_`
      :host { font: var(--size-3)/1.45 var(--font); color: var(--text-1); }
      :host([mode="page"]) { display: block; block-size: 100%; }
      .launcher {
        position: fixed; inset-block-end: 20px; inset-inline-end: 20px; z-index: 1000; inline-size: 56px; block-size: 56px;
        border: 0; border-radius: 50%; background: var(--accent); color: var(--accent-text); box-shadow: var(--shadow-2); cursor: pointer;
        display: grid; place-items: center;
      }
      .launcher:hover { background: var(--accent-hover); }
      .badge {
        position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-inline-size: 22px; block-size: 22px; border-radius: 11px;
        padding: 0 6px; background: var(--bad); color: var(--surface-1); font: 600 12px/22px var(--font); text-align: center;
      }
      .chat { display: grid; grid-template-rows: auto minmax(0, 1fr) auto; background: var(--surface-0); }
      :host([mode="page"]) .chat { block-size: 100%; }
      :host(:not([mode="page"])) .chat {
        position: fixed; inset-block-end: 88px; inset-inline-end: 20px; z-index: 1000; inline-size: 380px; block-size: min(640px, 100dvh - 108px);
        border: 1px solid var(--line); border-radius: var(--radius-3); overflow: hidden; box-shadow: var(--shadow-2);
      }
      header { display: flex; align-items: center; gap: var(--space-3); padding: var(--space-3) var(--space-4); background: var(--surface-1); border-block-end: 1px solid var(--line); }
      header div { flex: 1; min-inline-size: 0; }
      header h2 { margin: 0; font-size: var(--size-3); }
      header p { font-size: var(--size-1); color: var(--text-2); }
      .icon { flex: none; inline-size: 40px; block-size: 40px; display: grid; place-items: center; border: 0; border-radius: var(--radius-1); background: none; color: var(--text-2); cursor: pointer; }
      .icon:hover { background: var(--surface-2); }
      .log { overflow-y: auto; padding: var(--space-4); display: flex; flex-direction: column; gap: var(--space-3); overscroll-behavior: contain; position: relative; }
      .log > :first-child { margin-block-start: auto; }
      :host([mode="page"]) :is(header, .log, .composer) > * { inline-size: 100%; max-inline-size: 46rem; margin-inline: auto; }
      .empty { color: var(--text-2); display: grid; gap: var(--space-3); }
      .empty div { display: flex; flex-wrap: wrap; gap: var(--space-2); }
      .typing { display: flex; gap: 5px; padding-inline-start: 38px; block-size: 20px; align-items: center; }
      .typing i { inline-size: 7px; block-size: 7px; border-radius: 50%; background: var(--text-3); animation: pulse 1s infinite alternate; }
      .typing i:nth-child(2) { animation-delay: 0.25s; } .typing i:nth-child(3) { animation-delay: 0.5s; }
      @keyframes pulse { from { opacity: 0.25; } to { opacity: 1; } }
      .composer { border-block-start: 1px solid var(--line); background: var(--surface-1); padding: var(--space-3) var(--space-4); display: grid; gap: var(--space-2); }
      .line { display: flex; gap: var(--space-2); align-items: flex-end; }
      textarea {
        flex: 1; min-inline-size: 0; resize: none; font: inherit; color: inherit; background: var(--surface-0); padding: 9px 12px; max-block-size: 9.5em;
        border: 1px solid var(--line-strong); border-radius: var(--radius-2); field-sizing: content; min-block-size: 44px;
      }
      .send { inline-size: 44px; block-size: 44px; border: 0; border-radius: var(--radius-2); background: var(--accent); color: var(--accent-text); cursor: pointer; display: grid; place-items: center; flex: none; }
      .send:hover { background: var(--accent-hover); }
      .foot { display: flex; justify-content: space-between; align-items: center; gap: var(--space-2); font-size: var(--size-1); color: var(--text-2); min-block-size: 28px; }
      .person { border: 0; background: none; font: inherit; font-size: var(--size-1); color: var(--accent); cursor: pointer; padding: 6px 4px; text-decoration: underline; text-underline-offset: 3px; }
      .notice { color: var(--bad); font-size: var(--size-1); }
      @media (max-width: 480px) {
        :host(:not([mode="page"])) .chat { inset: 0; inline-size: 100%; block-size: 100dvh; border: 0; border-radius: 0; }
        :host([opened]) .launcher { display: none; }
      }
    `];constructor(){super(),this.mode="panel",this.base="/api/chat",this.opened=!1,this.unread=0,this.notice="",this.words=null}async connectedCallback(){super.connectedCallback();let t=this.lang||document.documentElement.lang||"en",e=await fetch(`${this.base}/config?language=${encodeURIComponent(t)}`).then(s=>s.json());this.lang=e.language,this.shop=e.shop,this.words=e.words,this.line=new Q(this.base,e.language),this.line.addEventListener("change",()=>this.#$()),this.line.addEventListener("refused",({detail:s})=>this.#h(s)),this.line.start(),document.addEventListener("faqdesk-ask",({detail:s})=>this.ask(s.text))}ask(t){this.opened=!0,t&&this.#l(t)}render(){return this.words?this.mode==="page"?this.#t():d`${this.opened?this.#t():h}
      <button class="launcher" aria-expanded=${this.opened} aria-label=${this.opened?this.words.close:this.words.open} @click=${this.#a}>
        ${this.opened?X("M18 6 6 18M6 6l12 12"):X("M7.9 20A9 9 0 1 0 4 16.1L2 22Z")}
        ${this.unread&&!this.opened?d`<span class="badge">${this.unread}</span>`:h}
      </button>`:h}#t(){let t=this.words;return d`<section class="chat" role=${this.mode==="page"?"region":"dialog"} aria-label=${t.title} @keydown=${this.#g} @press=${this.#m}>
      <header>
        <div><h2 class=${this.mode==="page"?"hidden-text":""}>${this.shop}</h2><p>${t.header}</p></div>
        ${this.mode==="page"?h:d`<button class="icon" aria-label=${t.close} @click=${this.#a}>${X("M18 6 6 18M6 6l12 12")}</button>`}
      </header>
      <div class="log" role="log" aria-label=${t.log} tabindex="0">${this.#e()}</div>
      <div class="composer">
        ${this.notice?d`<p class="notice" role="alert">${this.notice}</p>`:h}
        ${this.line.state.online?h:d`<p class="notice" role="status">${t.offline}</p>`}
        <form class="line" @submit=${this.#f}>
          <textarea rows="1" aria-label=${t.placeholder} placeholder=${t.placeholder} @keydown=${this.#i}></textarea>
          <button class="send" aria-label=${t.send}>${X("m5 12 7-7 7 7M12 19V5")}</button>
        </form>
        <div class="foot"><span role="status">${this.#r()}</span>${this.#u()}</div>
      </div>
    </section>`}#e(){let t=[...this.line.messages.values()],e=this.line.pending.map(n=>({id:n.client_id,author:"shopper",content:{type:"text",text:n.text},pending:n}));if(!t.length&&!e.length)return this.#o();let s=[...t,...e],i=s.findLastIndex(n=>n.author==="shopper");return d`${Dt(s,n=>n.client_id??n.id,(n,o)=>this.#s(s,n,o,i))}
      ${this.line.state.typing?d`<div class="typing" aria-hidden="true"><i></i><i></i><i></i></div>`:h}`}#s(t,e,s,i){let n=t.slice(s+1).find(o=>o.author==="shopper");return d`<chat-message
      lang=${this.lang}
      .message=${e}
      .words=${this.words}
      .open=${this.#n(e,s>i)}
      .chosen=${n?.content.text}
      .status=${e.pending?.status}
      @retry=${()=>this.line.retry(e.id)}
    ></chat-message>`}#n(t,e){let{owner:s}=this.line.state;return t.author==="desk"?s==="queue":e&&s==="bot"}#o(){let t=[this.words.starter_1,this.words.starter_2,this.words.starter_3];return d`<div class="empty"><p>${this.words.empty}</p>
      <div>${t.map(e=>d`<button class="choice" @click=${()=>this.#l(e)}>${e}</button>`)}</div>
    </div>`}#r(){let{owner:t,agent:e,place:s}=this.line.state;return t==="agent"&&e?this.words.with_person.replace("{name}",e):t==="queue"?s?this.#p(s):this.words.in_queue:t==="closed"?this.words.closed:""}#p({position:t,wait:e}){let s=`${this.words.in_queue} (${t})`;return e?`${s} \xB7 ${this.words[`wait_${e.kind}`].replace("{low}",e.low).replace("{high}",e.high)}`:s}#u(){return["queue","agent"].includes(this.line.state.owner)?h:d`<button class="person" @click=${()=>this.#l(this.words.person_button)}>${this.words.person_button}</button>`}#a(){this.opened=!this.opened,this.unread=0,this.updateComplete.then(()=>this.renderRoot.querySelector(this.opened?"textarea":".launcher")?.focus())}#g(t){t.key==="Escape"&&this.mode!=="page"&&this.#a()}#i(t){t.key==="Enter"&&!t.shiftKey&&!t.isComposing&&(t.preventDefault(),t.target.form.requestSubmit())}#f(t){t.preventDefault();let e=t.target.querySelector("textarea"),s=e.value.trim();s.length>jt?this.notice=this.words.too_long.replace("{count}",s.length).replace("{most}",jt):s&&(e.value="",this.#l(s))}#m({detail:t}){this.notice="",this.line.send(t.title,t.id)}#l(t){this.notice="",this.line.send(t)}#h({status:t,body:e}){this.notice=t===429?this.words.too_fast:e?.detail?.reason??this.words.not_sent}#$(){let t=this.line.messages.size,e=this.opened||this.mode==="page";this.seen!==void 0&&t>this.seen&&!e&&(this.unread+=t-this.seen),this.seen=t,this.requestUpdate(),e&&this.updateComplete.then(()=>this.#c(t))}#c(t){let e=this.renderRoot.querySelector(".log");e&&t+this.line.pending.length!==this.shown&&(this.shown=t+this.line.pending.length,requestAnimationFrame(()=>{let s=[...e.querySelectorAll("chat-message")],i=s.findLast(c=>c.message.author==="shopper"),n=e.scrollHeight-e.clientHeight,o=!i||s.at(-1).offsetHeight<e.clientHeight;e.scrollTop=o?n:Math.min(n,i.offsetTop-8)}),this.line.read())}};function X(r){return d`<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${r} /></svg>`}customElements.define("faqdesk-chat",ut);export{ut as FaqdeskChat};
/*! Bundled license information:

@lit/reactive-element/css-tag.js:
  (**
   * @license
   * Copyright 2019 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

@lit/reactive-element/reactive-element.js:
lit-html/lit-html.js:
lit-element/lit-element.js:
lit-html/directive.js:
lit-html/directives/repeat.js:
lit-html/directives/unsafe-html.js:
  (**
   * @license
   * Copyright 2017 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/is-server.js:
  (**
   * @license
   * Copyright 2022 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)

lit-html/directive-helpers.js:
  (**
   * @license
   * Copyright 2020 Google LLC
   * SPDX-License-Identifier: BSD-3-Clause
   *)
*/
